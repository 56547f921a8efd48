// The tasks that failed, as a table; each name opens its details.

function failureTable(run, page) {
  const failed = run.tasks.filter(task => task.failed).map(task => ({task, last: task.attempts.at(-1)}));
  const total = run.stages.reduce((sum, stage) => sum + stage.failed, 0);
  if (total === 0)
    return make('p', {class: 'empty'}, run.state === 'running' ? 'No task has failed so far.' : 'No task failed.');
  const name = task => `${run.stages[task.stage].name}/${task.index}`;
  const open = task => button => page.details.showTask(run, task.stage, task.index, button);
  const rows = table(
      `Failures of ${run.name}`,
      [
        {
          title: 'task',
          value: row => row.task.stage * 1e12 + row.task.index,
          cell: row => taskButton(name(row.task), 50, open(row.task))
        },
        {title: 'item', cell: row => quoted(row.task.item ?? '', 60), value: row => row.task.item ?? ''},
        {title: 'outcome', cell: row => badge(row.last.outcome, row.last.detail), value: row => row.last.outcome}, {
          title: 'attempts',
          number: true,
          cell: row => String(row.task.attempts.length),
          value: row => row.task.attempts.length
        },
        {title: 'time', number: true, cell: row => duration(row.last.run_ns), value: row => row.last.run_ns},
        {title: 'message', cell: row => quoted(row.last.message ?? '', 160), value: row => row.last.message ?? ''}
      ],
      failed, {first: 25});
  return make(
      'div', {}, rows,
      failed.length < total ?
          make(
              'p', {class: 'hint'},
              `The first ${grouped(failed.length)} of ${grouped(total)} failures are in this file. All of them: `,
              make('code', {}, `ropewalk show ${run.name} --failures`)) :
          null);
}
