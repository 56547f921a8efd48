// What is known of one task: a panel beside the page. Escape closes it, and the focus returns to where it was.

class Details {
  constructor(page) {
    this.page = page;
    this.element = document.getElementById('details');
    this.element.addEventListener('keydown', event => {
      if (event.key === 'Escape') this.close(), event.stopPropagation();
    });
  }

  show(run, i, opener) {
    this.showTask(run, run.stageOf(i), run.index[i], opener);
  }

  /** Also of a task that never started, which no drawing has. */
  showTask(run, place, index, opener) {
    this.opener = opener;
    const stage = run.stages[place], texts = run.texts.get(run.key(place, index)), item = run.itemOf(place, index);
    const attempts = run.attemptsOf(place, index), told = texts?.attempts.at(-1);
    const title = make('h2', {id: 'details-title', tabindex: '-1'}, quoted(`${stage.name}/${index}`, 80));
    this.element.replaceChildren(
        make(
            'div', {class: 'details-head'}, title,
            make(
                'button', {type: 'button', class: 'close', 'aria-label': 'Close', on: {click: () => this.close()}},
                '\u00d7')),
        make(
            'p', {}, badge(told?.outcome ?? run.outcomeOf(attempts.at(-1)), told?.detail),
            attempts.length === 0   ? ' It never started.' :
                attempts.length > 1 ? ` after ${counted(attempts.length, 'attempt')}` :
                                      ''),
        facts([
          ['item', item === null ? null : make('span', {class: 'value'}, make('bdi', {}, visible(item)))],
          ['task type', stage.task], ['run', this.page.runs.length > 1 ? run.name : null]
        ]),
        ...attempts.map(
            each => this.attempt(
                run, each, texts?.attempts.find(text => text.attempt === run.attemptOf(each)), attempts.length > 1)),
        attempts.length === 0 && told?.message ? [make('h4', {}, 'Message'), pre(told.message)] : '',
        texts?.result ? [make('h4', {}, 'Result'), resultOf(texts.result)] : '', this.more(run, stage, index, texts));
    this.element.hidden = false;
    document.body.classList.add('with-details');
    title.focus({preventScroll: true});
  }

  attempt(run, i, text, several) {
    const session = run.sessions.find(each => each.number === run.sessionOf(i));
    const began = session ? run.start[i] - session.offset_ns : run.start[i];
    return make(
        'section', {class: 'attempt'},
        several ? make('h3', {}, `Attempt ${run.attemptOf(i)} `, badge(run.outcomeOf(i), text?.detail)) : null, facts([
          [
            'started',
            `${duration(began)} after the ${
                run.sessions.length > 1 ? `beginning of session ${run.sessionOf(i)}` : 'run began'}`
          ],
          ['queued', text ? duration(text.queued_ns) : null], ['ran', duration(run.run[i])],
          ['CPU time', duration(run.cpu[i])],
          ['worker', `row ${run.lane[i] + 1}${text?.host ? `, process ${text.host}, worker ${text.worker}` : ''}`]
        ]),
        text?.message ? [make('h4', {}, 'Message'), pre(text.message)] : '',
        text?.evidence ? [make('h4', {}, 'Evidence'), pre(text.evidence)] : '',
        text?.log?.length ?
            [
              make('h4', {}, 'Log'),
              pre(text.log
                      .map(
                          ([ns, level, said]) => `${duration(Math.max(ns - began, 0)).padStart(8)}  ${
                                  ['debug: ', '', 'warning: ', 'error: '][level] ?? ''}${said}`)
                      .join('\n'))
            ] :
            '',
        (text?.output ?? [])
            .map(
                stream =>
                    [make('h4', {}, stream.name),
                     pre(stream.head + (stream.left_out ? `\n[${counted(stream.left_out, 'byte')} left out]\n` : '') +
                         stream.tail)]));
  }

  more(run, stage, index, texts) {
    const word =
        /^[\w.:@%+=,\/-]+$/.test(`${stage.name}`) ? `${stage.name}/${index}` : `'${line(stage.name, 200)}/${index}'`;
    return make(
        'p', {class: 'hint'},
        texts ? 'Everything that is recorded: ' : 'The texts of this task are not in this file. They are shown by ',
        make('code', {}, `ropewalk why ${run.name} ${word}`));
  }

  close() {
    if (this.element.hidden) return;
    this.element.hidden = true;
    document.body.classList.remove('with-details');
    this.opener?.focus({preventScroll: true});
  }
}

/** Fields that are text are shown as they were written, and everything else as JSON. */
function resultOf(json) {
  try {
    const fields = Object.entries(JSON.parse(json)), isLong = value => typeof value === 'string' && /\n/.test(value);
    const short = fields.filter(([, value]) => !isLong(value));
    return [
      facts(short.map(
          ([name, value]) =>
              [visible(name),
               make('code', {class: 'value'}, visible(typeof value === 'string' ? value : JSON.stringify(value)))])),
      fields.filter(([, value]) => isLong(value)).map(([name, value]) => [make('h4', {}, visible(name)), pre(value)])
    ];
  } catch {
    return pre(json);  // it was shortened
  }
}

const pre = text => make('pre', {tabindex: '0'}, make('bdi', {}, visible(text)));
