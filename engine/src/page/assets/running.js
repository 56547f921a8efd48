// What runs in a run that is going on, or ran when it was killed, as far as its record knows.

function runningTasks(run) {
  const last = run.sessions.at(-1), going = run.state === 'running';
  if (!last) return make('p', {class: 'empty'}, 'No session is recorded.');
  const moment = when(last.started_unix_ns + run.known_ns), shorter = 'Shorter ones are recorded when they end.';
  const hint = going ?
      `Attempts that have run for a second or longer, and whose end was not recorded at ${moment}. ${shorter}` :
      `Attempts that had run for a second or longer at the last recorded moment, ${moment}. ${shorter}`;
  if (run.running.length === 0)
    return make(
        'p', {class: 'empty'},
        `No attempt ${going ? 'has' : 'had'} run for a second or longer at ${moment}. ${shorter}`);
  return make(
      'div', {}, make('p', {class: 'hint'}, hint),
      table(
          `Running tasks of ${run.name}`,
          [
            {
              title: 'task',
              cell: task => line(`${run.stages[task.stage].name}/${task.index}`, 60),
              value: task => task.stage * 1e12 + task.index
            },
            {title: 'item', cell: task => quoted(task.item ?? '', 80), value: task => task.item ?? ''},
            {title: 'attempt', number: true, cell: task => String(task.attempt), value: task => task.attempt},
            {
              title: going ? 'running for' : 'had run for',
              number: true,
              cell: task => duration(task.age_ns),
              value: task => task.age_ns
            },
            {title: 'process', number: true, cell: task => String(task.host), value: task => task.host},
          ],
          run.running, {first: 25}));
}
