// A comparison of modes, as `ropewalk compare` has measured it: every run, medians, intervals and speed-ups.

const timeText = s => duration(s * NS_PER_S);
const times = ratio => `${ratio >= 9.95 ? ratio.toFixed(1) : ratio.toFixed(2)}\u00d7`;
const isOutlier = (mode, place) => mode.outliers.includes(place + 1);

/** From 0, in steps of 1, 2 or 5, at most six. */
function ticksTo(most) {
  const size = 10 ** Math.floor(Math.log10(most / 3)),
        step = [1, 2, 5, 10].map(each => each * size).find(each => most / each <= 5);
  return Array.from({length: Math.floor(most / step) + 1}, (_, i) => i * step);
}

function modeText(mode) {
  if (mode.median_s === undefined) return `${visible(mode.mode)}: no run`;
  const odd = mode.outliers.length ? `, ${counted(mode.outliers.length, 'outlier')} among them` : '';
  return `${visible(mode.mode)}: ${counted(mode.wall_s.length, 'run')}${odd}, median ${
      timeText(mode.median_s)}, interval ${timeText(mode.low_s)} to ${timeText(mode.high_s)}`;
}

const cross = (x, y, ...parts) =>
    drawn('svg', {x, y, class: 'outlier'}, drawn('path', {d: 'M-4.5 -4.5L4.5 4.5M4.5 -4.5L-4.5 4.5'}), ...parts);

/**
 * One mode: its interval as a band, its median as a line, its runs as points from the first round above to the last.
 */
function modeDrawing(mode, most) {
  const tall = 38, x = s => `${(100 * s / most).toFixed(3)}%`, last = Math.max(mode.wall_s.length - 1, 1);
  const svg = drawn('svg', {class: 'runs', height: tall, role: 'img', 'aria-label': modeText(mode)});
  for (const tick of ticksTo(most))
    svg.append(drawn('line', {class: 'grid', x1: x(tick), x2: x(tick), y1: 0, y2: tall}));
  if (mode.median_s === undefined) return svg;
  svg.append(
      drawn('rect', {class: 'band', x: x(mode.low_s), width: x(mode.high_s - mode.low_s), y: 3, height: tall - 6}),
      drawn('line', {class: 'median', x1: x(mode.median_s), x2: x(mode.median_s), y1: 1, y2: tall - 1}));
  mode.wall_s.forEach((s, place) => {
    const y = 8 + (tall - 16) * place / last, odd = isOutlier(mode, place);
    const title = drawn('title', {}, `round ${place + 1}: ${timeText(s)}${odd ? ', an outlier' : ''}`);
    svg.append(odd ? cross(x(s), y, title) : drawn('circle', {class: 'run', cx: x(s), cy: y, r: 3.5}, title));
  });
  return svg;
}

function modeRows(modes) {
  const most = Math.max(...modes.flatMap(mode => [...mode.wall_s, mode.high_s ?? 0]), 1e-9) * 1.03;
  const axis = drawn('svg', {class: 'runs axis', height: 20, 'aria-hidden': 'true'});
  for (const tick of ticksTo(most))
    axis.append(drawn(
        'text', {
          x: `${100 * tick / most}%`,
          y: 14,
          'text-anchor': tick === 0 ? 'start' :
              tick > 0.95 * most    ? 'end' :
                                      'middle'
        },
        tick === 0 ? '0' : timeText(tick).replace(/\.0+ /, ' ')));
  const sign = (name, ...parts) => make('li', {}, drawn('svg', {class: 'sign', width: 14, height: 14}, ...parts), name);
  const legend = [
    sign('a run; the first round is above', drawn('circle', {class: 'run', cx: 7, cy: 7, r: 3.5})),
    sign('an outlier', cross(7, 7)), sign('median', drawn('line', {class: 'median', x1: 7, x2: 7, y1: 0, y2: 14})),
    sign('interval of the median', drawn('rect', {class: 'band', x: 0, y: 2, width: 14, height: 10}))
  ];
  return make(
      'div', {class: 'modes'},
      modes.map(
          mode => make(
              'div', {class: 'mode-row'}, make('span', {class: 'name'}, quoted(mode.mode, 60)),
              make('div', {class: 'track'}, modeDrawing(mode, most)),
              make('span', {class: 'number'}, mode.median_s === undefined ? 'no run' : timeText(mode.median_s)))),
      make(
          'div', {class: 'mode-row'}, make('span', {class: 'name'}), make('div', {class: 'track'}, axis), make('span')),
      make('ul', {class: 'legend', 'aria-hidden': 'true'}, legend));
}

function speedWord(change) {
  if (!change) return '';
  if (!change.evident) return 'no evidence';
  return change.ratio > 1 ? '\u25b2 faster' : '\u25bc slower';
}

/** A ratio with its interval on a logarithmic axis whose middle is no difference and whose ends are `most` times. */
function speedDrawing(change, most) {
  const x = ratio => Math.min(Math.max(70 + 66 * Math.log(ratio) / Math.log(most), 2), 138);
  return drawn(
      'svg', {class: 'interval', viewBox: '0 0 140 20', width: 140, height: 20, 'aria-hidden': 'true'},
      drawn('line', {class: 'grid', x1: 70, x2: 70, y1: 1, y2: 19}),
      drawn(
          'line', {class: 'range', x1: x(change.low), x2: Math.max(x(change.high), x(change.low) + 1), y1: 10, y2: 10}),
      drawn('circle', {class: 'centre', cx: x(change.ratio), cy: 10, r: 4}));
}

function modeTable(comparison) {
  const {modes} = comparison, first = visible(modes[0].mode), runs = mode => Math.max(mode.wall_s.length, 1);
  const ends =
      modes.filter(mode => mode.speed_up).flatMap(mode => [1 / Math.max(mode.speed_up.low, 1e-9), mode.speed_up.high]);
  const most = Math.max(2, ...ends.filter(each => each < 1e4));
  const sum = mode => mode.wall_s.reduce((all, s) => all + s, 0), percents = share => `${(100 * share).toFixed(1)} %`;
  const columns = [
    {title: 'mode', cell: mode => make('span', {class: 'together'}, quoted(mode.mode, 60)), value: mode => mode.mode},
    {title: 'runs', number: true, cell: mode => grouped(mode.wall_s.length), value: mode => mode.wall_s.length}, {
      title: 'median',
      number: true,
      cell: mode => mode.median_s === undefined ? '' : timeText(mode.median_s),
      value: mode => mode.median_s ?? -1
    },
    {
      title: 'interval of the median',
      cell: mode => mode.median_s === undefined ?
          '' :
          make(
              'span', {class: 'together', title: `with ${percents(mode.confidence)} confidence`},
              `${timeText(mode.low_s)} to ${timeText(mode.high_s)}`)
    },
    {
      title: `vs ${first}`,
      number: true,
      cell: mode => mode.speed_up ? times(mode.speed_up.ratio) :
          mode === modes[0]       ? 'baseline' :
                                    '',
      value: mode => mode.speed_up?.ratio ?? 1
    },
    {
      title: '95 % interval',
      cell: mode => mode.speed_up ?
          make(
              'span', {class: 'together'}, speedDrawing(mode.speed_up, most),
              make('span', {class: 'faint'}, ` ${times(mode.speed_up.low)} to ${times(mode.speed_up.high)}`)) :
          ''
    },
    {
      title: 'verdict',
      cell: mode => make('span', {class: 'together'}, speedWord(mode.speed_up)),
      value: mode => speedWord(mode.speed_up)
    },
    {
      title: 'CPU a run',
      number: true,
      cell: mode => timeText(mode.cpu_s / runs(mode)),
      value: mode => mode.cpu_s / runs(mode)
    },
    {
      title: 'cores',
      number: true,
      cell: mode => sum(mode) > 0 ? (mode.cpu_s / sum(mode)).toFixed(2) : '',
      value: mode => sum(mode) > 0 ? mode.cpu_s / sum(mode) : 0
    },
    {
      title: 'failed',
      number: true,
      cell: mode => mode.failed ?
          [
            make('strong', {class: 'bad'}, grouped(mode.failed)),
            mode.crashed ? make('small', {}, ` (${grouped(mode.crashed)} crashed)`) : null
          ] :
          '0',
      value: mode => mode.failed
    }
  ];
  return table(`Modes of ${comparison.workflow}`, columns, modes);
}

function everyRun(comparison) {
  const {modes} = comparison, rounds = Math.max(0, ...modes.map(mode => mode.wall_s.length));
  const cell = (mode, place) => place < mode.wall_s.length ?
      [timeText(mode.wall_s[place]), isOutlier(mode, place) ? make('strong', {}, ' \u2717 outlier') : null] :
      '';
  return table(
      `Every run of ${comparison.workflow}`,
      [
        {title: 'round', cell: place => String(place + 1), value: place => place},
        ...modes.map((mode, at) => ({
                       title: visible(mode.mode),
                       number: true,
                       cell: place => cell(modes[at], place),
                       value: place => modes[at].wall_s[place] ?? -1
                     }))
      ],
      Array.from({length: rounds}, (_, place) => place), {first: 50});
}

class ModesPage {
  constructor(comparison) { this.comparison = comparison; }

  /** Whether all runs gave the same results, if there are two that can be compared. */
  sameness() {
    const {modes, same_results: same} = this.comparison,
                                runs = modes.reduce((sum, mode) => sum + mode.wall_s.length, 0);
    const [kind, text] = !same ? ['bad', 'the results differ'] :
        runs < 2               ? ['quiet', 'no two runs have ended'] :
                                 ['good', 'same results in all runs'];
    return make('span', {class: `badge ${kind}`}, make('span', {'aria-hidden': 'true'}, `${SIGNS[kind]} `), text);
  }

  head() {
    const {workflow, started} = this.comparison;
    return [
      make(
          'div', {class: 'titles'},
          make(
              'div', {class: 'title'}, make('h1', {}, quoted(workflow, 80)),
              make(
                  'p', {class: 'under'}, 'Comparison of modes \u00b7 ', this.sameness(),
                  started ? ` \u00b7 ${visible(started.replace('T', ' ').replace('Z', ' UTC'))}` : ''))),
      make('div', {class: 'tools'}, themeButton())
    ];
  }

  summary() {
    const {verdict, difference, modes, rounds} = this.comparison;
    const notes = [];
    if (difference) notes.push(['The results differ: ', quoted(difference, 2000)]);
    for (const mode of modes)
      if (mode.failed)
        notes.push(`${visible(mode.mode)}: ${counted(mode.failed, 'task')} failed in ${
            counted(mode.wall_s.length, 'run')}${mode.crashed ? `, ${grouped(mode.crashed)} of them by a crash` : ''}`);
    if (modes.some(mode => mode.wall_s.length < rounds))
      notes.push(`It ended before its ${counted(rounds, 'round')} were complete.`);
    return make(
        'div', {}, verdict ? make('p', {class: 'lead'}, quoted(verdict.replace('+-', '\u00b1'), 300)) : null,
        notes.map(note => make('p', {class: 'notice'}, note)));
  }

  disturbances() {
    const {notes} = this.comparison;
    return section(
        'disturbances', 'What disturbed it',
        notes.length ? make('ul', {class: 'plain'}, notes.map(note => make('li', {}, '\u26a0 ', quoted(note, 400)))) :
                       make('p', {class: 'empty'}, 'No outlier, no drift and no other load of the machine was found.'));
  }

  setup() {
    const {command, machine, cores, ropewalk, rounds, started} = this.comparison;
    return section(
        'setup', 'Setup', facts([
          ['machine', machine ? [quoted(machine, 120), cores ? `, ${counted(cores, 'usable core')}` : ''] : ''],
          ['started', started ? visible(started) : ''], ['rounds', grouped(rounds)],
          ['command line', command ? make('code', {class: 'value'}, visible(command.map(shellWord).join(' '))) : ''],
          ['ropewalk', visible(ropewalk)]
        ]));
  }

  build() {
    const {comparison} = this;
    document.getElementById('top').append(...this.head());
    document.getElementById('content').append(
        this.summary(),
        section(
            'modes', 'Modes',
            make(
                'p', {class: 'hint'},
                'Times are those of whole runs. The interval of a median is one of 95 %, or from the fastest to ',
                'the slowest run if there are fewer than six. "vs" is how many times faster a mode is than the ',
                'first, from the runs of each round, with its 95 % interval. Less than 2 % is no evidence.'),
            modeRows(comparison.modes), modeTable(comparison)),
        section('runs', 'Every run', everyRun(comparison)), this.disturbances(), this.setup());
    document.getElementById('foot').append(
        make('p', {}, 'Written by ropewalk report from ropewalk compare. This file is complete: it loads nothing.'));
    followThemeAndPaper();
  }
}
