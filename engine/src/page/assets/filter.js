// The filter of the timeline: words that a task's name, item or outcome has, a stage and an outcome.

function filterBar(page) {
  const {runs} = page;
  const text = make('input', {
    type: 'search',
    id: 'filter',
    placeholder: 'name, item or outcome',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-describedby': 'filter-count'
  });
  const option = (value, label) => make('option', {value}, label);
  const stage = make(
      'select', {'aria-label': 'Stage'}, option('', 'all stages'),
      [...page.palette.places.keys()].map(name => option(name, line(name, 40))));
  const met = new Set(runs.flatMap(run => run.kinds.map(kind => kind[3])));
  const outcome = make(
      'select', {'aria-label': 'Outcome'}, option('', 'all outcomes'),
      met.size > 1 || [...met].some(name => name !== 'succeeded') ? option('failure', 'any failure') : null,
      OUTCOMES.filter(name => met.has(name)).map(name => option(name, outcomeText(name))));
  const count = make('output', {
    id: 'filter-count', for: 'filter', 'aria-live': 'polite'
  });
  const found = make('ol', {class: 'found', hidden: true});

  const apply = () => {
    const words = text.value.trim().toLowerCase().split(/\s+/).filter(Boolean),
          any = words.length || stage.value || outcome.value;
    let total = 0, tasks = 0;
    found.replaceChildren();
    for (const run of runs) {
      const kinds = run.kinds.map(
          kind => (!stage.value || run.stages[kind[0]].name === stage.value) &&
              (!outcome.value || kind[3] === outcome.value ||
               (outcome.value === 'failure' && isFailure(kind[3]))));
      const wanted = i => {
        if (!kinds[run.kind[i]]) return false;
        if (words.length === 0) return true;
        const told =
            `${run.taskName(i)} ${run.itemOf(run.stageOf(i), run.index[i]) ?? ''} ${outcomeText(run.outcomeOf(i))}`
                .toLowerCase();
        return words.every(word => told.includes(word));
      };
      total += run.filter(any ? wanted : null);
      tasks += run.stages.reduce((sum, each) => sum + each.started, 0);
      if (any) listMatches(run, found, page);
    }
    found.hidden = !any;
    count.textContent = any ? `${grouped(total)} of ${counted(tasks, 'task')}` : '';
    for (const timeline of page.timelines) timeline.canvas.redraw();
  };
  let waiting = 0;
  text.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 120);
  });
  text.addEventListener('keydown', event => {
    if (event.key !== 'Escape') return;
    text.value = '';
    apply();
    page.timelines[0]?.canvas.focus();
    event.stopPropagation();
  });
  stage.addEventListener('change', apply);
  outcome.addEventListener('change', apply);
  page.focusFilter = () => {
    text.focus();
    text.select();
  };
  return [
    make(
        'div', {class: 'filter', role: 'search', 'aria-label': 'Filter tasks'},
        make(
            'label',
            {for: 'filter'
            },
            'Filter'),
        text, stage, outcome, count),
    found
  ];
}

/** The first matches by name, so that each can be opened without the drawing. */
function listMatches(run, list, page) {
  const most = 50;
  for (let k = run.matches[0], seen = 0; k < run.attempts && seen < most; k = run.matches[k + 1]) {
    const i = run.order[k];
    if (!run.isLast(i)) continue;
    ++seen;
    list.append(make(
        'li', {}, taskButton(run.taskName(i), 50, button => page.details.show(run, i, button)),
        run.outcomeOf(i) === 'succeeded' ? null : [' ', badge(run.outcomeOf(i))]));
  }
}
