// The part of the run's time that drawings show, and where a moment lies on them.

/** Shared by the drawings of all runs, so that they zoom and move together. */
class View {
  constructor(end) {
    this.end = end;
    this.listeners = [];
    this.from = 0;
    this.to = end;
  }
  get span() {
    return this.to - this.from;
  }
  show(from, to) {
    const least = Math.min(1000, this.end);
    const span = Math.min(Math.max(to - from, least), this.end);
    this.from = Math.min(Math.max(from, 0), this.end - span);
    this.to = this.from + span;
    for (const listener of this.listeners) listener();
  }
  fit() {
    this.show(0, this.end);
  }
  /** `factor` below 1 shows less time. `at`: the moment that stays where it is. */
  zoom(factor, at = (this.from + this.to) / 2) {
    const span = Math.min(Math.max(this.span * factor, Math.min(1000, this.end)), this.end);
    const share = (at - this.from) / this.span;
    this.show(at - share * span, at + (1 - share) * span);
  }
  pan(share) {
    this.show(this.from + share * this.span, this.to + share * this.span);
  }
}

/** Round moments for an axis, at most `most` of them, and the distance between them. */
function ticks(from, to, most) {
  const raw = (to - from) / Math.max(most, 1);
  let step = 10 ** Math.floor(Math.log10(raw));
  for (const factor of [1, 2, 5, 10])
    if (step * factor >= raw) {
      step *= factor;
      break;
    }
  if (raw > 30e9)
    step = [60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400].map(s => s * NS_PER_S).find(s => s >= raw) ||
        step;
  const all = [];
  for (let t = Math.ceil(from / step) * step; t <= to; t += step) all.push(t);
  return {all, step};
}

/** A moment with as many digits as its distance to the next one needs. */
function tickText(t, step) {
  if (t === 0) return '0';
  if (step >= 60 * NS_PER_S) {
    const minutes = Math.round(t / 60e9);
    return minutes >= 60 ? `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, '0')}m` : `${minutes} min`;
  }
  const [unit, size] = t >= 1e9 ? ['s', 1e9] : t >= 1e6 ? ['ms', 1e6] : t >= 1e3 ? ['us', 1e3] : ['ns', 1];
  return `${(t / size).toFixed(Math.max(0, Math.min(9, Math.ceil(-Math.log10(step / size) - 1e-9))))} ${unit}`;
}

/**
 * A canvas as wide as its place, sharp on every screen. `draw(context, width, height)` is called whenever it must be.
 */
function canvasIn(parent, height, draw, attributes = {}) {
  const canvas = make('canvas', attributes);
  parent.append(canvas);
  let waiting = false;
  const paint = () => {
    waiting = false;
    const width = Math.max(canvas.clientWidth, 50);
    const ratio = Math.min(devicePixelRatio || 1, 3);
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.height = `${height}px`;
    }
    const context = canvas.getContext('2d');
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    draw(context, width, height);
  };
  canvas.redraw = () => {
    if (!waiting) waiting = true, requestAnimationFrame(paint);
  };
  redraws.add(paint);
  new ResizeObserver(canvas.redraw).observe(canvas);
  return canvas;
}

const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
