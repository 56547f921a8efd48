// The stages: a table of numbers, and where the time of their workers went as stacked bars.

const LEDGER = [
  ['user_s', 'in user code', 'CPU time of tasks in their own code'],
  ['system_s', 'in the kernel', 'CPU time of tasks in system calls'],
  ['cpu_s', 'computing', 'CPU time of tasks'],
  ['core_wait_s', 'waiting for a core', 'runnable, but every core was taken'],
  ['blocked_s', 'blocked', 'tasks that waited for files, networks, locks or sleeps'],
  ['other_s', 'not computing', 'the run time of tasks without their CPU time: waiting, or without a core'],
  ['dispatch_s', 'dispatch', 'between two tasks of a worker'],
  ['starved_s', 'no task ready', 'workers without a task, while the stage was waiting for items'],
  ['start_s', 'starting', 'before the first task of a worker'],
  ['tail_s', 'tail', 'workers that had nothing left while others still ran'],
  ['idle_s', 'no task', 'workers without a task'],
  ['residual_s', 'unexplained', 'what is left'],
];

/** The ledger of a stage; without one in the record, what its times say: computing, not computing, no task. */
function ledgerOf(stage) {
  if (stage.ledger) return {parts: stage.ledger, total: stage.ledger.total_s};
  const total = Math.max(stage.workers * stage.wall_s, stage.run_s);
  const cpu = Math.min(stage.cpu_s, stage.run_s);
  return {
    total,
    parts: {cpu_s: cpu, other_s: stage.run_s - cpu, idle_s: Math.max(total - stage.run_s, 0)}
  };
}

/** What the summary says below its ledger: the largest loss, and what the engine cost. */
function ledgerTold(stage) {
  const {engine_s_per_task: engine, metg_s: metg} = stage.ledger ?? {}, costs = [];
  if (engine !== undefined) costs.push(`the engine needs ${duration(engine * NS_PER_S)} of CPU time for each task`);
  if (metg !== undefined)
    costs.push(`tasks of ${duration(metg * NS_PER_S)} make the stage 50 % efficient (METG)`);
  if (!stage.ledger_sentence && costs.length === 0) return null;
  return make(
      'p', {class: 'told'}, stage.ledger_sentence ? make('span', {class: 'sentence'}, quoted(stage.ledger_sentence, 600)) : null,
      costs.length ? make('small', {class: 'faint'}, `${stage.ledger_sentence ? ' \u00b7 ' : ''}${costs.join('; ')}`) : null);
}

function ledgerBars(run, longest) {
  const stages = run.stages.filter(stage => ledgerOf(stage).total > 0);
  if (stages.length === 0) return make('p', {class: 'empty'}, 'No stage has run.');
  const used = LEDGER.filter(([key]) => stages.some(stage => ledgerOf(stage).parts[key] > 0));
  const bars = stages.map(stage => {
    const {parts, total} = ledgerOf(stage);
    const told =
        used.filter(([key]) => parts[key] > 0)
            .map(([key, name]) => `${name} ${duration(parts[key] * NS_PER_S)} (${percent(parts[key] / total)})`);
    const bar = make(
        'div', {
          class: 'bar',
          role: 'img',
          'aria-label': `${visible(stage.name)}: ${told.join(', ')}`,
          css: {width: `${Math.max(total / longest * 100, 0.5)}%`}
        },
        used.filter(([key]) => parts[key] > 0)
            .map(
                ([key, name]) => make(
                    'span', {
                      class: `part ${key}`,
                      title: `${name}: ${duration(parts[key] * NS_PER_S)}, ${percent(parts[key] / total)}`,
                      css: {'flex-grow': 1000 * parts[key] / total}  // a sum below 1 would not fill the bar
                    },
                    parts[key] / longest > 0.07 ? make('em', {}, percent(parts[key] / total)) : null)));
    return make(
        'div', {class: 'ledger-row'}, make('span', {class: 'name', title: visible(stage.name)}, quoted(stage.name, 60)),
        make('div', {class: 'track'}, bar), make('span', {class: 'number'}, duration(total * NS_PER_S)),
        ledgerTold(stage));
  });
  const legend = make(
      'ul', {class: 'legend'},
      used.map(([key, name, hint]) => make('li', {title: hint}, make('span', {class: `chip part ${key}`}), name)));
  const without = stages.filter(stage => !stage.ledger);
  const numbers = make(
      'details', {}, make('summary', {}, 'The same as numbers'),
      table(
          `Time of the workers of ${run.name} by stage`,
          [
            {title: 'stage', cell: stage => quoted(stage.name, 60), value: stage => stage.name}, {
              title: 'total',
              number: true,
              cell: stage => duration(ledgerOf(stage).total * NS_PER_S),
              value: stage => ledgerOf(stage).total
            },
            ...used.map(([key, name]) => ({
                          title: name,
                          number: true,
                          value: stage => ledgerOf(stage).parts[key] || 0,
                          cell: stage => duration((ledgerOf(stage).parts[key] || 0) * NS_PER_S)
                        })),
            ...[['engine_s_per_task', 'engine a task'], ['metg_s', 'METG']]
                .filter(([key]) => stages.some(stage => stage.ledger?.[key] !== undefined))
                .map(([key, title]) => ({
                       title,
                       number: true,
                       value: stage => stage.ledger?.[key] ?? -1,
                       cell: stage => stage.ledger?.[key] === undefined ? '' : duration(stage.ledger[key] * NS_PER_S)
                     }))
          ],
          stages));
  return make(
      'div', {},
      make(
          'p', {class: 'hint'},
          'A bar is the time of all workers of a stage: workers \u00d7 wall time. ',
          without.length === 0 ? '' :
              without.length === stages.length ?
              'The record has no ledger, so the parts are computed from run times and CPU times.' :
              [
                'The record has no ledger of ', listed(without.map(stage => stage.name)),
                '; those parts are computed from run times and CPU times.'
              ]),
      ...bars, legend, numbers);
}

function stageTable(run, palette) {
  const columns = [
    {
      title: 'stage',
      cell: stage => make('span', {class: 'swatched'}, palette.swatch(stage.name), quoted(stage.name, 60)),
      value: stage => stage.name
    },
    {title: 'task', cell: stage => stage.task, value: stage => stage.task},
    {
      title: 'executor',
      cell: stage =>
          [make(
               'span', {class: 'together'},
               stage.workers > 1 ? `${stage.executor} \u00d7${stage.workers}` : stage.executor),
           stage.chosen ? make('small', {}, ' ', quoted(stage.chosen, 200)) : null],
      value: stage => stage.executor
    },
    {
      title: 'outcome',
      cell: stage => [badge(stage.outcome), stage.why ? make('small', {}, ' ', quoted(stage.why, 160)) : null],
      value: stage => stage.outcome
    },
    {title: 'tasks', number: true, cell: stage => grouped(stage.tasks), value: stage => stage.tasks},
    {
      title: 'failed',
      number: true,
      cell: stage => stage.failed ? make('strong', {class: 'bad'}, grouped(stage.failed)) : '0',
      value: stage => stage.failed
    },
    {
      title: 'wall',
      number: true,
      cell: stage => stage.wall_s > 0 ? duration(stage.wall_s * NS_PER_S) : '',
      value: stage => stage.wall_s
    },
    {title: 'median', number: true, cell: stage => duration(stage.median_s * NS_PER_S), value: stage => stage.median_s},
    {title: 'p95', number: true, cell: stage => duration(stage.p95_s * NS_PER_S), value: stage => stage.p95_s},
    {title: 'longest', number: true, cell: stage => duration(stage.max_s * NS_PER_S), value: stage => stage.max_s},
    {title: 'at once', number: true, cell: stage => stage.concurrency.toFixed(1), value: stage => stage.concurrency},
    {title: 'cores', number: true, cell: stage => stage.cores.toFixed(2), value: stage => stage.cores},
    {title: 'bound', cell: stage => stage.bound, value: stage => stage.bound},
  ];
  if (run.stages.some(stage => stage.vs_serial))
    columns.push({
      title: 'vs serial',
      number: true,
      value: stage => stage.vs_serial || 0,
      cell: stage => stage.vs_serial ? `${stage.vs_serial.toFixed(1)}\u00d7` : ''
    });
  if (run.stages.some(stage => stage.retried))
    columns.push(
        {title: 'retried', number: true, value: stage => stage.retried, cell: stage => grouped(stage.retried)});
  if (run.stages.some(stage => stage.kept))
    columns.push({title: 'kept', number: true, value: stage => stage.kept, cell: stage => grouped(stage.kept)});
  return table(`Stages of ${run.name}`, columns, run.stages);
}
