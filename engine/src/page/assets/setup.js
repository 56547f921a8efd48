// Where the run comes from: sessions and what each kept, machine, versions, parameters, command line, workflow.

const when = ns => new Date(ns / 1e6).toISOString().replace('T', ' ').replace(/\.\d+Z$/, ' UTC');

/** A word as a shell takes it. Words that are no text are not shown. */
function shellWord(word) {
  if (typeof word !== 'string') return '(bytes)';
  return /^[\w.\/:+@%,=-]+$/.test(word) ? word : `'${word.replaceAll('\'', '\'\\\'\'')}'`;
}

function sessionTable(run) {
  return table(
      `Sessions of ${run.name}`,
      [
        {title: 'session', cell: session => session.number === 1 ? '1' : `${session.number} (resume)`},
        {title: 'started', cell: session => make('span', {class: 'together'}, when(session.started_unix_ns))},
        {
          title: 'outcome',
          cell: session => [badge(session.state), session.why ? make('small', {}, ' ', quoted(session.why, 160)) : null]
        },
        {title: 'wall', number: true, cell: session => session.wall_ns === null ? '' : duration(session.wall_ns)},
        {title: 'tasks ended', number: true, cell: session => grouped(session.ended)},
        {title: 'kept', number: true, cell: session => session.number === 1 ? '' : grouped(session.kept)},
        {title: 'version', cell: session => session.version},
        {title: 'process', number: true, cell: session => String(session.pid)},
      ],
      run.sessions);
}

function keptList(run) {
  if (run.sessions.length < 2) return null;
  const last = run.sessions.at(-1);
  const rows = run.stages.map(
      stage => make(
          'li', {}, make('strong', {}, quoted(stage.name, 60)),
          stage.kept ? ` ${grouped(stage.kept)} of ${counted(stage.tasks, 'task')} kept from earlier sessions, ${
                           grouped(stage.tasks - stage.kept)} not` :
                       ' nothing kept'));
  return [
    make('h3', {}, `Kept by the resume (session ${last.number})`), make('ul', {class: 'plain'}, rows),
    run.gone.length ? make(
                          'p', {class: 'hint'}, 'Stages of earlier sessions that the workflow no longer has: ',
                          listed(run.gone)) :
                      null
  ];
}

function setupOf(run) {
  const last = run.sessions.at(-1);
  const plugins = [...new Map(run.stages.map(stage => [stage.plugin, stage])).values()].filter(stage => stage.plugin);
  return make(
      'div', {},
      last ? facts([
        ['machine', [quoted(last.machine, 120), last.cores ? `, ${counted(last.cores, 'usable core')}` : '']],
        ['ropewalk', last.version], ['directory', make('code', {}, quoted(last.directory, 200))],
        [
          'command line',
          last.command.length ? make('code', {class: 'value'}, visible(last.command.map(shellWord).join(' '))) :
                                'not recorded'
        ],
        ['workflow', [quoted(run.workflow, 100), run.file ? [' (', make('code', {}, quoted(run.file, 160)), ')'] : '']],
        ['durability', last.durability], ['run', run.id]
      ]) :
             make('p', {class: 'empty'}, 'No session is recorded.'),
      plugins.length ?
          table(
              `Plugins of ${run.name}`,
              [
                {title: 'plugin', cell: stage => stage.plugin}, {title: 'version', cell: stage => stage.plugin_version},
                {title: 'file', cell: stage => make('code', {}, quoted(stage.plugin_path, 160))}
              ],
              plugins) :
          null,
      make('h3', {}, 'Parameters'),
      run.params.length ? facts(run.params.map(
                              param =>
                                  [visible(param.name),
                                   param.secret ? make('em', {}, 'secret, not recorded') :
                                                  make('code', {class: 'value'}, line(param.value, 400))])) :
                          make('p', {class: 'empty'}, 'The workflow has no parameters.'),
      make('h3', {}, 'Sessions'), sessionTable(run), keptList(run),
      run.warnings.length ?
          [
            make('h3', {}, 'Warnings'),
            make('ul', {class: 'plain'}, run.warnings.map(warning => make('li', {}, quoted(warning, 600))))
          ] :
          null,
      run.sources.map(
          source =>
              make('details', {}, make('summary', {}, 'Workflow text: ', quoted(source.path, 120)), pre(source.text))));
}
