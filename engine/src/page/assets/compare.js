// Two runs: what changed from the first to the second, stage by stage, as `ropewalk diff` computes it.

function verdictOf(change) {
  if (!change.before) return 'only in the second run';
  if (!change.after) return 'only in the first run';
  if (!change.time) return change.pairs < 2 ? 'too few tasks in both runs' : '';
  if (!change.time.evident) return 'no evidence of a change';
  return change.time.ratio > 1 ? '\u25b2 slower' : '\u25bc faster';
}

/**
 * The interval of the ratio on a logarithmic axis from a quarter to four times; the line in its middle is no change.
 */
function intervalOf(time) {
  const x = ratio => Math.min(Math.max(70 + 70 * Math.log(ratio) / Math.log(4), 2), 138);
  return drawn(
      'svg', {class: 'interval', viewBox: '0 0 140 20', width: 140, height: 20, 'aria-hidden': 'true'},
      drawn('line', {class: 'grid', x1: 70, x2: 70, y1: 1, y2: 19}),
      drawn('line', {class: 'range', x1: x(time.low), x2: Math.max(x(time.high), x(time.low) + 1), y1: 10, y2: 10}),
      drawn('circle', {class: 'centre', cx: x(time.ratio), cy: 10, r: 4}));
}

function comparison(changes, runs, palette) {
  const median = (place, name) => runs[place].stages.find(stage => stage.name === name)?.median_s;
  const time = s => s === undefined || s === null ? '' : duration(s * NS_PER_S);
  const columns = [
    {
      title: 'stage',
      cell: change => make('span', {class: 'swatched'}, palette.swatch(change.name), quoted(change.name, 60)),
      value: change => change.name
    },
    {
      title: 'wall, first',
      number: true,
      cell: change => time(change.before?.wall_s),
      value: change => change.before?.wall_s ?? -1
    },
    {
      title: 'wall, second',
      number: true,
      cell: change => time(change.after?.wall_s),
      value: change => change.after?.wall_s ?? -1
    },
    {
      title: 'median, first',
      number: true,
      cell: change => time(median(0, change.name)),
      value: change => median(0, change.name) ?? -1
    },
    {
      title: 'median, second',
      number: true,
      cell: change => time(median(1, change.name)),
      value: change => median(1, change.name) ?? -1
    },
    {
      title: 'task time',
      number: true,
      cell: change => change.time ? `${change.time.ratio.toFixed(2)}\u00d7` : '',
      value: change => change.time?.ratio ?? 0
    },
    {
      title: '95 % interval',
      cell: change => change.time ?
          make(
              'span', {class: 'together'}, intervalOf(change.time),
              make('span', {class: 'faint'}, ` ${change.time.low.toFixed(2)} to ${change.time.high.toFixed(2)}`)) :
          ''
    },
    {
      title: 'verdict',
      cell: change => make('span', {class: 'together'}, verdictOf(change)),
      value: change => verdictOf(change)
    },
    {title: 'other results', number: true, cell: change => grouped(change.results), value: change => change.results},
    {title: 'other outcomes', number: true, cell: change => grouped(change.outcomes), value: change => change.outcomes},
  ];
  return make(
      'div', {},
      make(
          'p', {class: 'hint'},
          'Tasks that succeeded in both runs are paired by stage and index. ',
          'Task time is the geometric mean of second / first, with its 95 % interval. ',
          'It does not cover what changes a run as a whole, such as another load of the machine.'),
      table('Changes from the first run to the second', columns, changes));
}
