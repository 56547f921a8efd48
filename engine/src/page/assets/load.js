// Tasks running and cores busy over time. Exact where few tasks are in view; summed into fine steps once for the whole.

const STEPS = 8192, SHARED_NS = 1e5;

/**
 * Adds a weight between two positions, in steps: to `whole` as differences at its ends, to `part` for the broken
 * steps.
 */
function spread(whole, part, from, to, weight) {
  const first = Math.floor(from), last = Math.min(Math.floor(to), part.length - 1);
  if (first >= last) return void (part[Math.min(first, part.length - 1)] += (to - from) * weight);
  part[first] += (first + 1 - from) * weight;
  part[last] += (to - last) * weight;
  whole[first + 1] += weight;
  whole[last] -= weight;
}

function added(whole, part) {
  let sum = 0;
  for (let i = 0; i < part.length; ++i) part[i] += sum += whole[i];
  return part;
}

/** Averages of the tasks that run and of the cores that they use, in `steps` equal parts of the time. */
function loadBetween(run, from, to, steps) {
  const running = [new Float64Array(steps + 2), new Float64Array(steps)];
  const cores = [new Float64Array(steps + 2), new Float64Array(steps)];
  const size = (to - from) / steps;
  for (let lane = 0; lane < run.lanes; ++lane)
    for (let k = run.firstAfter(lane, from); k < run.begins[lane + 1]; ++k) {
      const i = run.order[k], start = run.start[i], ns = run.run[i];
      if (start >= to) break;
      const a = Math.max(0, (start - from) / size), b = Math.min(steps, (start + ns - from) / size);
      if (!(b > a)) continue;
      spread(running[0], running[1], a, b, 1);
      if (!(run.cpu[i] > 0)) continue;
      // Short tasks share a reading of the CPU clock, so that one of them may have more CPU time than time.
      const long = ns < SHARED_NS ? Math.max(ns, run.cpu[i]) : ns, c = Math.min(steps, (start + long - from) / size);
      spread(cores[0], cores[1], a, c, run.cpu[i] / long);
    }
  return {running: added(...running), cores: added(...cores)};
}

function loadInView(run, view, steps) {
  if (run.attempts < 20000 || view.span < run.end_ns * steps / STEPS)
    return loadBetween(run, view.from, view.to, steps);
  run.load ??= loadBetween(run, 0, run.end_ns, STEPS);
  const shrunk = name => {
    const all = run.load[name], out = new Float64Array(steps), size = run.end_ns / STEPS;
    for (let x = 0; x < steps; ++x) {
      const a = (view.from + view.span * x / steps) / size, b = (view.from + view.span * (x + 1) / steps) / size;
      for (let bin = Math.floor(a); bin < Math.min(Math.ceil(b), STEPS); ++bin)
        out[x] += all[bin] * (Math.min(b, bin + 1) - Math.max(a, bin));
      out[x] /= Math.max(b - a, 1e-12);
    }
    return out;
  };
  return {running: shrunk('running'), cores: shrunk('cores')};
}

const GUTTER = 46;

function loadChart(run, view, ceiling) {
  const place = make('div', {class: 'chart'});
  const cores = Math.max(0, ...run.sessions.map(session => session.cores || 0));
  const all = loadInView(run, {from: 0, to: run.end_ns, span: run.end_ns}, 600), peak = Math.max(...all.running, 0);
  ceiling.top = Math.max(1, peak, ...all.cores, ceiling.top);
  const canvas = canvasIn(place, 130, (paint, width, height) => {
    const wide = Math.max(Math.floor(width - GUTTER), 10), tall = height - 24, high = ceiling.top * 1.06;
    const {running, cores: busy} = loadInView(run, view, wide);
    const y = value => 6 + (tall - 6) * (1 - value / high);
    paint.font = FONT;
    paint.lineWidth = 1;
    paint.textAlign = 'right';
    paint.textBaseline = 'middle';
    for (const value of new Set([0, Math.floor(ceiling.top / 2), Math.floor(ceiling.top)])) {
      paint.fillStyle = theme.colour('line');
      paint.fillRect(GUTTER, Math.round(y(value)), wide, 1);
      paint.fillStyle = theme.colour('faint');
      paint.fillText(String(value), GUTTER - 8, y(value));
    }
    area(paint, running, y, tall, theme.colour('accent'), 0.18);
    area(paint, busy, y, tall, theme.colour('warm'), 0, [4, 3]);
    if (cores > 0 && cores <= high) {
      paint.strokeStyle = theme.colour('faint');
      paint.setLineDash([1, 3]);
      paint.beginPath();
      paint.moveTo(GUTTER, y(cores));
      paint.lineTo(GUTTER + wide, y(cores));
      paint.stroke();
      paint.setLineDash([]);
    }
    drawAxis(paint, view, width, height);
  }, {
    role: 'img',
    'aria-label':
        `Tasks running and cores busy over time in ${run.name}: at most ${digits(peak)} tasks at once on average`
  });
  view.listeners.push(canvas.redraw);
  return make(
      'div', {}, place,
      make(
          'p', {class: 'legend'},
          [
            ['solid', 'tasks running'], ['dashed', 'cores busy (CPU time, spread over each task)'],
            ['dotted', cores && cores <= ceiling.top * 1.06 ? counted(cores, 'usable core') : '']
          ].filter(([, name]) => name)
              .map(([key, name]) => make('span', {class: 'entry'}, make('span', {class: `key ${key}`}), name))));
}

function area(paint, values, y, floor, colour, fill, dash = []) {
  const path = new Path2D();
  for (let x = 0; x < values.length; ++x) path.lineTo(GUTTER + x + 0.5, Math.max(y(values[x]), 1));
  paint.strokeStyle = colour;
  paint.lineWidth = 1.5;
  paint.lineJoin = 'round';
  paint.setLineDash(dash);
  paint.stroke(path);
  paint.setLineDash([]);
  if (!fill) return;
  path.lineTo(GUTTER + values.length - 0.5, y(0));
  path.lineTo(GUTTER + 0.5, y(0));
  paint.globalAlpha = fill;
  paint.fillStyle = colour;
  paint.fill(path);
  paint.globalAlpha = 1;
}

function drawAxis(paint, view, width, height) {
  const wide = width - GUTTER, {all, step} = ticks(view.from, view.to, wide / 110);
  paint.font = FONT;
  paint.textBaseline = 'alphabetic';
  paint.fillStyle = theme.colour('faint');
  for (const t of all) {
    const x = GUTTER + (t - view.from) / view.span * wide;
    paint.fillRect(Math.round(x), height - 18, 1, 4);
    const text = tickText(t, step), half = paint.measureText(text).width / 2;
    paint.textAlign = 'center';
    paint.fillText(text, Math.min(Math.max(x, GUTTER + half), width - half), height - 3);
  }
}
