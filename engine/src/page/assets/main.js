// Puts the report together: one run, or two side by side.

const STATES = {
  running: 'This run is still going. The report shows what is recorded so far.',
  killed: 'This run was killed, or its machine stopped. The report shows what was recorded until then.',
  broken: 'This run broke: Ropewalk itself failed, and not its tasks.',
};

class Page {
  constructor(document_) {
    this.runs = document_.runs.map((run, place) => new RunData(run, place));
    this.changes = document_.changes;
    this.palette = new Palette(this.runs);
    this.view = new View(Math.max(...this.runs.map(run => run.end_ns)));
    this.timelines = [];
    this.details = new Details(this);
    this.live = make('p', {class: 'unseen', 'aria-live': 'polite'});
    this.firstDrawing = null;
  }

  /** Once: the time at which the timeline was first seen, for those that measure. */
  drawn() {
    if (this.firstDrawing !== null) return;
    this.firstDrawing = performance.now();
    document.documentElement.dataset.drawn = this.firstDrawing.toFixed(1);
  }
  announce(text) {
    this.live.textContent = visible(text);
  }

  tip(run, i, event) {
    const tip = document.getElementById('tip');
    tip.hidden = run === null;
    if (run === null) return;
    const item = run.itemOf(run.stageOf(i), run.index[i]), plain = item === null || item === String(run.index[i]);
    tip.replaceChildren(
        make('strong', {}, quoted(run.taskName(i), 60)), plain ? '' : [make('br'), quoted(item, 70)], make('br'),
        badge(run.outcomeOf(i)), ` ${duration(run.run[i])}, CPU ${duration(run.cpu[i])}`);
    const {innerWidth, innerHeight} = window, box = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(Math.min(event.clientX + 14, innerWidth - box.width - 8), 4)}px`;
    tip.style.top =
        `${event.clientY + 18 + box.height > innerHeight ? event.clientY - box.height - 10 : event.clientY + 18}px`;
  }

  /** The same part of the report for each run, beside each other if there are two. */
  each(draw, title = true) {
    if (this.runs.length === 1) return draw(this.runs[0]);
    return make(
        'div', {class: 'pair'},
        this.runs.map(
            (run, place) => make(
                'div', {},
                title ? make('h3', {class: 'side'}, place === 0 ? 'First: ' : 'Second: ', quoted(run.name, 60)) : null,
                draw(run))));
  }

  head() {
    const titles = this.runs.map(
        run => make(
            'div', {class: 'title'}, make('h1', {}, quoted(run.name, 60)),
            make(
                'p', {class: 'under'}, badge(run.state), ' ', quoted(run.workflow, 80),
                run.sessions.length ? ` \u00b7 ${when(run.sessions[0].started_unix_ns)}` : '',
                run.sessions.length > 1 ? ` \u00b7 resumed ${counted(run.sessions.length - 1, 'time')}` : '')));
    return [make('div', {class: 'titles'}, titles), make('div', {class: 'tools'}, themeButton())];
  }

  summary(run) {
    const sum = key => run.stages.reduce((total, stage) => total + stage[key], 0), tasks = sum('tasks'),
          failed = sum('failed');
    const notes = [STATES[run.state], run.why, tasks === 0 ? 'This run has no task at all.' : null].filter(Boolean);
    const card = (value, name, more, kind = '') => make(
        'div', {class: `card ${kind}`}, make('dt', {}, name),
        make('dd', {}, value, more ? make('small', {}, more) : null));
    return make(
        'div', {}, notes.map(note => make('p', {class: 'notice'}, quoted(note, 600))),
        make(
            'dl', {class: 'cards'}, card(grouped(tasks), 'tasks', sum('kept') ? ` ${grouped(sum('kept'))} kept` : ''),
            card(grouped(sum('succeeded')), 'succeeded'), card(grouped(failed), 'failed', '', failed ? 'bad' : ''),
            sum('skipped') ? card(grouped(sum('skipped')), 'skipped') : null,
            sum('cancelled') + sum('not_started') ? card(grouped(sum('cancelled') + sum('not_started')), 'not ended') :
                                                    null,
            sum('retried') ? card(grouped(sum('retried')), 'retries') : null, card(duration(run.wall_ns), 'wall time'),
            card(duration(sum('run_s') * NS_PER_S), 'in tasks'), card(duration(sum('cpu_s') * NS_PER_S), 'CPU time')));
  }

  timeline() {
    const ceiling = {top: 1}, {view} = this;
    const control = (label, text, action) =>
        make('button', {type: 'button', 'aria-label': label, title: label, on: {click: action}}, text);
    const controls = make(
        'div', {class: 'controls', role: 'group', 'aria-label': 'Zoom'}, control('Zoom in', '+', () => view.zoom(0.5)),
        control('Zoom out', '\u2212', () => view.zoom(2)), control('Show everything', 'Fit', () => view.fit()),
        control('Earlier', '\u2190', () => view.pan(-0.3)), control('Later', '\u2192', () => view.pan(0.3)));
    const range = make('span', {class: 'range-text', id: 'range'});
    const tell = () => (range.textContent = `${duration(view.from)} to ${duration(view.to)}`);
    view.listeners.push(tell);
    tell();
    const legend = make(
        'ul', {class: 'legend'},
        [...this.palette.places.keys()].slice(0, 40).map(
            name => make('li', {}, this.palette.swatch(name), quoted(name, 40))),
        make('li', {}, make('span', {class: 'failed-key', 'aria-hidden': 'true'}, '\u25bc \u2715'), 'failed attempt'));
    return section(
        'timeline', 'Timeline',
        make(
            'p', {class: 'hint screen-only'},
            'A row is a worker. Click a task for its details. Drag or \u2190 \u2192 to move, ', make('kbd', {}, '+'),
            ' ', make('kbd', {}, '\u2212'), ' or Ctrl + wheel to zoom, ', make('kbd', {}, 'N'), ' ',
            make('kbd', {}, 'P'), ' to choose a task, ', make('kbd', {}, 'Enter'), ' to open it, ',
            make('kbd', {}, '/'), ' to filter.'),
        make('div', {class: 'toolbar'}, controls, range, filterBar(this)), legend, this.each(run => {
          if (run.attempts === 0) return make('p', {class: 'empty'}, 'No attempt of a task is recorded.');
          const timeline = new Timeline(run, view, this.palette, this);
          this.timelines.push(timeline);
          return make(
              'div', {}, timeline.element, make('h3', {class: 'minor'}, 'Tasks running and cores busy'),
              loadChart(run, view, ceiling));
        }));
  }

  leftOut(run) {
    const notes = [];
    if (run.left_out.texts)
      notes.push(`texts of ${counted(run.left_out.texts, 'task')} that succeeded and are not among the slowest`);
    if (run.left_out.failures) notes.push(`texts of ${counted(run.left_out.failures, 'failure')}`);
    if (run.left_out.outputs) notes.push(`output of ${counted(run.left_out.outputs, 'attempt')}`);
    if (run.left_out.items) notes.push(`items of ${counted(run.left_out.items, 'stage')}`);
    if (!notes.length) return null;
    return make(
        'p', {}, `Left out of ${run.name} to keep this file small: ${notes.join('; ')}. All of it is in the record: `,
        make('code', {}, `ropewalk why ${run.name} STAGE/INDEX`));
  }

  build() {
    const {runs} = this,
          longest = Math.max(...runs.flatMap(run => run.stages.map(stage => ledgerOf(stage).total)), 1e-9),
          bins = usedBins(runs);
    document.getElementById('top').append(...this.head());
    document.getElementById('content').append(
        this.each(run => this.summary(run), false),
        this.changes ? section('changes', 'What changed', comparison(this.changes, runs, this.palette)) : '',
        runs.some(run => run.running) ?
            section(
                'running', runs.every(run => run.state === 'killed') ? 'Running when it was killed' : 'Running now',
                this.each(run => run.running ? runningTasks(run) : make('p', {class: 'empty'}, 'It has ended.'))) :
            '',
        section('stages', 'Stages', this.each(run => stageTable(run, this.palette))),
        section('time', 'Where the time went', this.each(run => ledgerBars(run, longest))), this.timeline(),
        section('failures', 'Failures', this.each(run => failureTable(run, this))),
        section('times', 'Task times', this.each(run => histograms(run, bins, this.palette, this))),
        section('graph', 'Graph of stages', this.each(run => graphOf(run, this.palette))),
        section('setup', 'Setup', this.each(run => setupOf(run))), this.live);
    document.getElementById('foot').append(
        ...runs.map(run => this.leftOut(run)).filter(Boolean),
        make('p', {}, `Written by ropewalk report. This file is complete: it loads nothing.`));
    this.listen();
  }

  listen() {
    document.addEventListener('keydown', event => {
      const typing = ['INPUT', 'SELECT', 'TEXTAREA'].includes(event.target.tagName);
      if (event.key === 'Escape') this.details.close();
      if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey)
        event.preventDefault(), this.focusFilter();
    });
    followThemeAndPaper();
  }
}

const data = document.getElementById('data'), content = JSON.parse(data.textContent);
(content.comparison ? new ModesPage(content.comparison) : new Page(content)).build();
data.remove();
