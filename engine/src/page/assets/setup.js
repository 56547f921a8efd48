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

/** What each resume kept and why the rest ran again, in the words of the program. */
function keptList(run) {
  const resumes = run.sessions.filter(session => session.number > 1);
  if (resumes.length === 0) return null;
  const said = session => session.resumed ?
      make('ul', {class: 'plain'}, session.resumed.map(note => make('li', {}, quoted(note, 600)))) :
      make(
          'p', {class: 'empty'},
          session.state === 'running' || session.state === 'killed' ?
              'No stage of this session had ended, so the record does not say yet what was kept.' :
              'Nothing was kept.');
  return [
    resumes.map(session => [make('h3', {}, `Kept by the resume (session ${session.number})`), said(session)]),
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
