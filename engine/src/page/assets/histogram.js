// Task times of each stage as a histogram with a logarithmic axis, and the slowest tasks by name.

const BINS_A_DECADE = 8;

/** Counts of run times of one stage. Bins are eighths of a decade, from 1 ns. */
function timeCounts(run) {
  const all = run.stages.map(() => new Float64Array(14 * BINS_A_DECADE));
  for (let i = 0; i < run.attempts; ++i)
    ++all[run.stageOf(i)][Math.min(
        Math.max(Math.floor(Math.log10(Math.max(run.run[i], 1)) * BINS_A_DECADE), 0), 14 * BINS_A_DECADE - 1)];
  return all;
}

/** The first and the last bin that any stage uses, so that all histograms share an axis. */
function usedBins(runs) {
  let low = Infinity, high = -1;
  for (const run of runs)
    for (const counts of (run.times ??= timeCounts(run)))
      counts.forEach((count, bin) => {
        if (count > 0) low = Math.min(low, bin), high = Math.max(high, bin);
      });
  return high < 0 ? null : {
    low: Math.floor(low / BINS_A_DECADE) * BINS_A_DECADE,
    high: Math.ceil((high + 1) / BINS_A_DECADE) * BINS_A_DECADE
  };
}

function histogramOf(run, place, bins, palette) {
  const stage = run.stages[place], counts = run.times[place], most = Math.max(...counts),
        total = counts.reduce((a, b) => a + b, 0);
  const width = 320, height = 96, floor = 76, step = width / (bins.high - bins.low);
  const svg = drawn('svg', {
    viewBox: `0 0 ${width} ${height}`,
    role: 'img',
    'aria-label':
        `Task times of ${visible(stage.name)}: median ${duration(stage.median_s * NS_PER_S)}, 95 percent below ${
            duration(stage.p95_s * NS_PER_S)}, longest ${duration(stage.max_s * NS_PER_S)}`
  });
  for (let bin = bins.low; bin < bins.high; ++bin) {
    const x = (bin - bins.low) * step;
    if (bin % BINS_A_DECADE === 0) {
      svg.append(drawn('line', {class: 'grid', x1: x, x2: x, y1: 4, y2: floor}));
      if ((bins.high - bins.low) / BINS_A_DECADE < 6 || (bin / BINS_A_DECADE) % 2 === 0)
        svg.append(drawn(
            'text', {class: 'tick', x: Math.max(x, 1), y: height - 4, 'text-anchor': x < 10 ? 'start' : 'middle'},
            duration(10 ** (bin / BINS_A_DECADE)).replace(/\.0+ /, ' ')));
    }
    if (!counts[bin]) continue;
    const tall = Math.max((floor - 6) * counts[bin] / most, 1.5);
    svg.append(drawn(
        'rect', {class: 'count', x: x + 0.5, y: floor - tall, width: Math.max(step - 1, 0.8), height: tall},
        drawn(
            'title', {},
            `${duration(10 ** (bin / BINS_A_DECADE))} to ${duration(10 ** ((bin + 1) / BINS_A_DECADE))}: ${
                counted(counts[bin], 'attempt')}`)));
  }
  svg.append(drawn('line', {class: 'floor', x1: 0, x2: width, y1: floor, y2: floor}));
  const mark = (s, name) => {
    if (!(s > 0)) return;
    const x = Math.min(Math.max((Math.log10(s * NS_PER_S) * BINS_A_DECADE - bins.low) * step, 0), width);
    svg.append(drawn('line', {class: `mark ${name}`, x1: x, x2: x, y1: 2, y2: floor}));
  };
  mark(stage.median_s, 'median');
  mark(stage.p95_s, 'p95');
  return {svg, total};
}

function histograms(run, bins, palette, page) {
  if (!bins) return make('p', {class: 'empty'}, 'No task has run, so there are no times.');
  const all = make('div', {class: 'small-multiples'});
  run.stages.forEach((stage, place) => {
    if (!run.times[place].some(count => count > 0)) return;
    const {svg, total} = histogramOf(run, place, bins, palette);
    const slowest = make('ol', {class: 'slowest'}, stage.slowest.slice(0, 5).map(i => {
      const item = run.itemOf(place, run.index[i]);
      return make(
          'li', {}, taskButton(run.taskName(i), 40, button => page.details.show(run, i, button)),
          item !== null && item !== String(run.index[i]) ? make('span', {class: 'item'}, quoted(item, 44)) : null,
          make('span', {class: 'number'}, duration(run.run[i])));
    }));
    all.append(make(
        'figure', {},
        make(
            'figcaption', {}, palette.swatch(stage.name), quoted(stage.name, 50),
            make(
                'span', {class: 'faint'},
                ` ${counted(total, 'attempt')}, median ${duration(stage.median_s * NS_PER_S)}, p95 ${
                    duration(stage.p95_s * NS_PER_S)}`)),
        svg, make('h3', {class: 'minor'}, 'Slowest'), slowest));
  });
  return make(
      'div', {},
      make(
          'p', {class: 'hint'},
          'Logarithmic axis, the same for all stages. Solid line: median; dashed line: 95th percentile.'),
      all);
}
