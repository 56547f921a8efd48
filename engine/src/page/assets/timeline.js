// The timeline: a row for each worker. However many tasks there are, a row draws at most one mark for each pixel.

const STRIP = 14, AXIS = 22;

class Timeline {
  constructor(run, view, palette, page) {
    Object.assign(this, {run, view, palette, page, cursor: {lane: 0, k: -1}});
    this.rowHeight = Math.min(20, Math.max(520 / Math.max(run.lanes, 1), 0.01));
    const tall = Math.max(Math.ceil(this.rowHeight * run.lanes), 20);
    this.height = STRIP + tall + AXIS;
    this.tall = tall;
    this.element = make('div', {class: 'chart timeline'});
    this.canvas = canvasIn(this.element, this.height, (...all) => this.draw(...all), {
      tabindex: '0',
      role: 'application',
      'aria-roledescription': 'timeline',
      'aria-label': `Timeline of ${run.name}: ${counted(run.lanes, 'worker')}, ${counted(run.attempts, 'attempt')}. ` +
          'Arrow keys move, plus and minus zoom, Home shows everything, ' +
          'N and P choose a task, Enter shows it, slash filters.'
    });
    view.listeners.push(this.canvas.redraw);
    this.listen();
  }

  x(t) {
    return GUTTER + (t - this.view.from) / this.view.span * this.wide;
  }
  time(x) {
    return this.view.from + (x - GUTTER) / this.wide * this.view.span;
  }
  /** The lanes that have a row of pixels of their own. */
  rows() {
    const {lanes} = this.run, most = Math.min(lanes, this.tall);
    return Array.from({length: most}, (_, row) => Math.floor(row * lanes / most));
  }

  draw(paint, width, height) {
    this.wide = Math.max(width - GUTTER, 10);
    this.marks = new Map();
    const rows = this.rows(), size = this.tall / Math.max(rows.length, 1);
    this.labels(paint, rows, size);
    paint.save();
    paint.beginPath();
    paint.rect(GUTTER, 0, this.wide, height);
    paint.clip();
    this.pauses(paint);
    rows.forEach((lane, row) => this.drawLane(lane, STRIP + row * size, Math.max(size - (size > 4 ? 2 : 0), 1)));
    for (const [style, marks] of this.marks) this.flush(paint, style, marks);
    this.names(paint, rows, size);
    this.failures(paint, rows.length, size);
    this.drawCursor(paint, size);
    paint.restore();
    drawAxis(paint, this.view, width, height);
    this.page.drawn();
  }

  labels(paint, rows, size) {
    paint.font = FONT;
    paint.textAlign = 'right';
    paint.textBaseline = 'middle';
    paint.fillStyle = theme.colour('faint');
    const each = Math.ceil(14 / size);
    rows.forEach((lane, row) => {
      if (row % each === 0) paint.fillText(String(lane + 1), GUTTER - 8, STRIP + (row + 0.5) * size);
    });
    paint.fillStyle = theme.colour('ground');
    rows.forEach((lane, row) => {
      if (size > 4) paint.fillRect(GUTTER, STRIP + row * size, this.wide, size - 2);
    });
    if (size <= 4) paint.fillRect(GUTTER, STRIP, this.wide, this.tall);
  }

  /** Where a session ended and the next one resumed. */
  pauses(paint) {
    paint.strokeStyle = theme.colour('faint');
    paint.setLineDash([3, 3]);
    for (const session of this.run.sessions.slice(1)) {
      const x = Math.round(this.x(session.offset_ns)) + 0.5;
      paint.beginPath();
      paint.moveTo(x, 0);
      paint.lineTo(x, STRIP + this.tall);
      paint.stroke();
    }
    paint.setLineDash([]);
  }

  drawLane(lane, y, height) {
    const {run, view} = this, end = run.begins[lane + 1], pixel = view.span / this.wide;
    for (let k = run.firstAfter(lane, view.from); k < end;) {
      const i = run.order[k], x0 = this.x(run.start[i]);
      if (run.start[i] >= view.to) break;
      const wide = run.run[i] / pixel;
      if (wide >= 1.5) {
        this.mark(k, k + 1, x0, y, wide > 3 ? wide - 0.6 : wide, height, 1);
        ++k;
        continue;
      }
      const column = Math.max(Math.floor(x0), GUTTER);
      const next = Math.max(k + 1, run.startingFrom(k, end, this.time(column + 1)));
      const share = Math.min((run.busy[next] - run.busy[k]) / pixel, 1);
      this.mark(k, next, column, y, 1, height, 0.4 + 0.6 * share);
      k = next;
    }
  }

  /** One mark for the places `k` to `next` of the lane. */
  mark(k, next, x, y, width, height, alpha) {
    const {run} = this, matches = run.matches;
    const shown = matches ? matches[k] : k, faint = matches && shown >= next;
    const i = run.order[faint ? k : shown];
    const style = `${Math.ceil(alpha * 5)} ${faint ? '' : run.stages[run.stageOf(i)].name}`;
    if (!this.marks.has(style)) this.marks.set(style, []);
    this.marks.get(style).push(x, y, width, height);
  }

  flush(paint, style, marks) {
    const name = style.slice(2);
    paint.globalAlpha = name === '' ? 0.35 : Number(style[0]) / 5;
    paint.fillStyle = name === '' ? theme.colour('faint') : this.palette.fill(paint, name);
    for (let i = 0; i < marks.length; i += 4) paint.fillRect(marks[i], marks[i + 1], marks[i + 2], marks[i + 3]);
    paint.globalAlpha = 1;
  }

  /** Names in bars that are wide enough for them. */
  names(paint, rows, size) {
    if (size < 13) return;
    const {run, view} = this;
    paint.font = '11px system-ui, sans-serif';
    paint.textAlign = 'left';
    paint.textBaseline = 'middle';
    rows.forEach((lane, row) => {
      for (let k = run.firstAfter(lane, view.from), seen = 0; k < run.begins[lane + 1] && seen < 400; ++k, ++seen) {
        const i = run.order[k];
        if (run.start[i] >= view.to) break;
        const x0 = Math.max(this.x(run.start[i]), GUTTER),
              x1 = Math.min(this.x(run.start[i] + run.run[i]), GUTTER + this.wide);
        if (x1 - x0 < 46 || (run.matches && run.matches[k] !== k)) continue;
        const text = this.fitting(paint, visible(run.taskName(i)), x1 - x0 - 10);
        const wide = paint.measureText(text).width;
        paint.fillStyle = theme.colour('paper');
        paint.globalAlpha = 0.82;
        paint.fillRect(x0 + 3, STRIP + row * size + 2, wide + 6, size - 6);
        paint.globalAlpha = 1;
        paint.fillStyle = theme.colour('ink');
        paint.fillText(text, x0 + 6, STRIP + (row + 0.5) * size - 0.5);
      }
    });
  }

  fitting(paint, text, width) {
    if (paint.measureText(text).width <= width) return text;
    const chars = Array.from(text);
    while (chars.length > 1 && paint.measureText(`${chars.join('')}\u2026`).width > width)
      chars.length -= Math.ceil(chars.length / 8);
    return `${chars.join('')}\u2026`;
  }

  /** A triangle above, and a cross on the row, of every failed attempt. Those of one pixel share theirs. */
  failures(paint, rows, size) {
    const {run} = this, columns = new Set();
    paint.fillStyle = paint.strokeStyle = theme.colour('bad');
    for (let lane = 0; lane < run.lanes; ++lane) {
      const found = this.failuresOf(lane);
      const y = STRIP + (Math.floor(lane * rows / run.lanes) + 0.5) * size;
      found.forEach((x, i) => {
        columns.add(x);
        const alone = x - (found[i - 1] ?? -Infinity) > 10 && (found[i + 1] ?? Infinity) - x > 10;
        if (alone && size > 6) this.cross(paint, x, y, Math.min(4, size / 2 - 1));
        else paint.fillRect(x - 0.75, y - size / 2, 1.5, Math.max(size - (size > 4 ? 2 : 0), 2));
      });
    }
    let before = -Infinity;
    for (const x of [...columns].sort((a, b) => a - b)) {
      if (x - before < 3) continue;
      before = x;
      paint.beginPath();
      paint.moveTo(x - 4, 3);
      paint.lineTo(x + 4, 3);
      paint.lineTo(x, 10);
      paint.fill();
    }
  }

  /** The pixels at which attempts of a worker fail, each once. */
  failuresOf(lane) {
    const {run, view} = this, end = run.failBegins[lane + 1], found = [];
    for (let f = run.failAfter(run.failBegins[lane], end, view.from); f < end;) {
      const k = run.fails[f], i = run.order[k];
      if (run.start[i] > view.to) break;
      if (run.matches && run.matches[k] !== k) {
        ++f;
        continue;
      }
      const x = Math.round(Math.min(Math.max(this.x(run.start[i] + run.run[i]), GUTTER + 4), GUTTER + this.wide - 4));
      if (x !== found.at(-1)) found.push(x);
      f = run.failAfter(f + 1, end, this.time(x + 0.5));
    }
    return found;
  }

  cross(paint, x, y, half) {
    paint.fillStyle = theme.colour('paper');
    paint.fillRect(x - half - 1.5, y - half - 2.5, 2 * half + 3, 2 * half + 3);
    paint.fillStyle = theme.colour('bad');
    paint.lineWidth = 1.6;
    paint.beginPath();
    paint.moveTo(x - half, y - half - 1);
    paint.lineTo(x + half, y + half - 1);
    paint.moveTo(x + half, y - half - 1);
    paint.lineTo(x - half, y + half - 1);
    paint.stroke();
  }

  drawCursor(paint, size) {
    if (this.cursor.k < 0) return;
    const {run} = this, i = run.order[this.cursor.k], x0 = this.x(run.start[i]);
    const row = Math.floor(run.lane[i] * Math.min(run.lanes, this.tall) / run.lanes);
    paint.strokeStyle = theme.colour('ink');
    paint.lineWidth = 2;
    paint.strokeRect(
        x0 - 1, STRIP + row * size - 1, Math.max(run.run[i] / this.view.span * this.wide + 1, 4), Math.max(size, 5));
  }

  /** The attempt at a point: within four pixels, a failed one first, else the longest. -1: none. */
  at(x, y) {
    const {run} = this;
    if (!run.attempts || x < GUTTER) return -1;
    const lane = Math.min(Math.max(Math.floor((y - STRIP) / this.tall * run.lanes), 0), run.lanes - 1);
    const from = this.time(x - 4), to = this.time(x + 4), now = this.time(x);
    let best = -1, value = -1;
    for (let k = run.firstAfter(lane, from), seen = 0; k < run.begins[lane + 1] && seen < 100000; ++k, ++seen) {
      const i = run.order[k];
      if (run.start[i] > to) break;
      const fails = run.kindFails[run.kind[i]], covers = run.start[i] <= now && run.start[i] + run.run[i] >= now;
      const worth = (fails ? 2e18 : 0) + (covers ? 1e18 : 0) + run.run[i];
      if (worth > value) best = k, value = worth;
    }
    return best;
  }

  choose(k, open) {
    if (k < 0) return;
    const {run, view} = this, i = run.order[k];
    this.cursor = {lane: run.lane[i], k};
    if (run.start[i] < view.from || run.start[i] + run.run[i] > view.to) {
      const span = Math.max(view.span, run.run[i] * 1.5);
      view.show(run.start[i] + run.run[i] / 2 - span / 2, run.start[i] + run.run[i] / 2 + span / 2);
    }
    this.canvas.redraw();
    if (open)
      this.page.details.show(run, i, this.canvas);
    else
      this.page.announce(`${run.taskName(i)}, ${outcomeText(run.outcomeOf(i))}, ${duration(run.run[i])}`);
  }

  /** The next attempt of the worker that the filter admits. */
  step(by) {
    const {run} = this, lane = this.cursor.lane;
    let k = this.cursor.k < 0 ? run.firstAfter(lane, this.view.from) - (by > 0 ? 1 : 0) : this.cursor.k;
    do k += by;
    while (k >= run.begins[lane] && k < run.begins[lane + 1] && run.matches && run.matches[k] !== k);
    if (k >= run.begins[lane] && k < run.begins[lane + 1]) this.choose(k, false);
  }

  /** The attempt of another worker that runs at the time of the chosen one. */
  move(by) {
    const {run} = this, lane = Math.min(Math.max(this.cursor.lane + by, 0), run.lanes - 1);
    const t = this.cursor.k < 0 ? this.view.from : run.start[run.order[this.cursor.k]];
    const k = Math.min(run.firstAfter(lane, t), run.begins[lane + 1] - 1);
    if (k >= run.begins[lane]) this.choose(k, false);
  }

  listen() {
    const {canvas, view} = this;
    let drag = null;
    canvas.addEventListener('pointerdown', event => {
      drag = {x: event.offsetX, moved: false};
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener('pointermove', event => {
      if (drag && Math.abs(event.offsetX - drag.x) > 3) drag.moved = true;
      if (drag?.moved) {
        view.pan((drag.x - event.offsetX) / this.wide);
        drag.x = event.offsetX;
        this.page.tip(null);
        return;
      }
      const k = this.at(event.offsetX, event.offsetY);
      canvas.style.cursor = k < 0 ? 'grab' : 'pointer';
      this.page.tip(k < 0 ? null : this.run, k < 0 ? 0 : this.run.order[k], event);
    });
    canvas.addEventListener('pointerleave', () => this.page.tip(null));
    canvas.addEventListener('pointerup', event => {
      if (drag && !drag.moved) this.choose(this.at(event.offsetX, event.offsetY), true);
      drag = null;
    });
    canvas.addEventListener('pointercancel', () => (drag = null));
    canvas.addEventListener('dblclick', event => view.zoom(0.25, this.time(event.offsetX)));
    canvas.addEventListener('wheel', event => {
      if (!event.ctrlKey && !event.shiftKey && Math.abs(event.deltaX) <= Math.abs(event.deltaY))
        return;  // the page scrolls
      event.preventDefault();
      if (event.ctrlKey)
        view.zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY / 150))), this.time(event.offsetX));
      else
        view.pan((event.deltaX || event.deltaY) / this.wide);
    }, {passive: false});
    canvas.addEventListener('keydown', event => {
      const actions = {
        ArrowLeft: () => view.pan(-0.15),
        ArrowRight: () => view.pan(0.15),
        ArrowUp: () => this.move(-1),
        ArrowDown: () => this.move(1),
        '+': () => view.zoom(0.5, this.focus()),
        '=': () => view.zoom(0.5, this.focus()),
        '-': () => view.zoom(2, this.focus()),
        Home: () => view.fit(),
        n: () => this.step(1),
        p: () => this.step(-1),
        Enter: () => this.choose(this.cursor.k < 0 ? this.run.begins[this.cursor.lane] : this.cursor.k, true),
      };
      if (!actions[event.key] || event.ctrlKey || event.altKey || event.metaKey || !this.run.attempts) return;
      event.preventDefault();
      actions[event.key]();
    });
  }

  focus() {
    if (this.cursor.k < 0) return undefined;
    const i = this.run.order[this.cursor.k], t = this.run.start[i] + this.run.run[i] / 2;
    return t >= this.view.from && t <= this.view.to ? t : undefined;
  }
}
