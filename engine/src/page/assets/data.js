// The data of a run as columns. Attempts are in the order of their starts; times are nanoseconds since the run began.

function bytesOf(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  const text = atob(base64), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** LEB128 numbers, at most 2^53. `zigzag`: signed ones, as 0, -1, 1, -2. */
function readColumn(base64, into, zigzag = false) {
  const bytes = bytesOf(base64);
  for (let i = 0, at = 0; i < into.length; ++i) {
    let byte = bytes[at++], value = byte & 127;
    for (let scale = 128; byte > 127; scale *= 128) {
      byte = bytes[at++];
      value += (byte & 127) * scale;
    }
    into[i] = zigzag ? (value % 2 ? -(value + 1) / 2 : value / 2) : value;
  }
  return into;
}

class RunData {
  constructor(raw, place) {
    Object.assign(this, raw);
    this.place = place;
    const n = this.attempts;
    this.start = readColumn(raw.columns.start, new Float64Array(n));
    for (let i = 1; i < n; ++i) this.start[i] += this.start[i - 1];
    this.run = readColumn(raw.columns.run, new Float64Array(n));
    this.cpu = readColumn(raw.columns.cpu, new Float64Array(n));
    this.lane = readColumn(raw.columns.lane, new Uint32Array(n));
    this.kind = readColumn(raw.columns.kind, new Uint32Array(n));
    this.index = readColumn(raw.columns.index, new Float64Array(n), true);
    this.columns = null;
    this.kindStage = Uint32Array.from(this.kinds, each => each[0]);
    this.kindFails = Uint8Array.from(this.kinds, each => (isFailure(each[3]) ? 1 : 0));
    const last = new Float64Array(this.stages.length);
    for (let i = 0; i < n; ++i) {
      const stage = this.kindStage[this.kind[i]];
      last[stage] += this.index[i];
      this.index[i] = last[stage];
    }
    this.end_ns = Math.max(this.span_ns, 1);
    this.sortByLane();
    this.texts = new Map();
    for (const task of this.tasks) this.texts.set(this.key(task.stage, task.index), task);
  }

  /** `order`: attempts by lane, then by start. `busy`: the time that a lane has run before each of them. */
  sortByLane() {
    const n = this.attempts, begins = new Uint32Array(this.lanes + 1);
    for (let i = 0; i < n; ++i) ++begins[this.lane[i] + 1];
    for (let lane = 0; lane < this.lanes; ++lane) begins[lane + 1] += begins[lane];
    const next = begins.slice();
    this.begins = begins;
    this.order = new Uint32Array(n);
    for (let i = 0; i < n; ++i) this.order[next[this.lane[i]]++] = i;
    this.busy = new Float64Array(n + 1);
    const fails = [];
    for (let k = 0; k < n; ++k) {
      this.busy[k + 1] = this.busy[k] + this.run[this.order[k]];
      if (this.kindFails[this.kind[this.order[k]]]) fails.push(k);
    }
    this.fails = Uint32Array.from(fails);  // places in `order`
    this.failBegins = new Uint32Array(this.lanes + 1);
    for (const k of fails) ++this.failBegins[this.lane[this.order[k]] + 1];
    for (let lane = 0; lane < this.lanes; ++lane) this.failBegins[lane + 1] += this.failBegins[lane];
    this.matches = null;
  }

  key(stage, index) {
    return `${stage}/${index}`;
  }
  stageOf(i) {
    return this.kindStage[this.kind[i]];
  }
  sessionOf(i) {
    return this.kinds[this.kind[i]][1];
  }
  attemptOf(i) {
    return this.kinds[this.kind[i]][2];
  }
  outcomeOf(i) {
    return this.kinds[this.kind[i]][3];
  }
  isLast(i) {
    return this.kinds[this.kind[i]][4] === 1;
  }
  taskName(i) {
    return `${this.stages[this.stageOf(i)].name}/${this.index[i]}`;
  }
  itemOf(stage, index) {
    const items = this.stages[stage].items;
    if (items === 'index') return String(index);
    return (items && items[index]) ?? this.texts.get(this.key(stage, index))?.item ?? null;
  }

  /** The first place in `order` of this lane whose attempt ends after `t`. */
  firstAfter(lane, t) {
    let low = this.begins[lane], high = this.begins[lane + 1];
    while (low < high) {
      const middle = (low + high) >> 1, i = this.order[middle];
      if (this.start[i] + this.run[i] <= t)
        low = middle + 1;
      else
        high = middle;
    }
    return low;
  }

  /** The first place from `from` to `end` whose attempt starts at `t` or later. Near places are found first. */
  startingFrom(from, end, t) {
    let low = from, step = 1;
    while (low + step < end && this.start[this.order[low + step]] < t) low += step, step *= 2;
    let high = Math.min(low + step, end);
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.start[this.order[middle]] < t)
        low = middle + 1;
      else
        high = middle;
    }
    return low;
  }

  /** The first place from `low` to `high` in `fails` of an attempt that ends at `t` or later. Within one lane. */
  failAfter(low, high, t) {
    while (low < high) {
      const middle = (low + high) >> 1, i = this.order[this.fails[middle]];
      if (this.start[i] + this.run[i] < t) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** All attempts of a task, by number. */
  attemptsOf(stage, index) {
    const found = [];
    for (let i = 0; i < this.attempts; ++i)
      if (this.index[i] === index && this.stageOf(i) === stage) found.push(i);
    return found.sort((a, b) => this.attemptOf(a) - this.attemptOf(b));
  }

  /** Marks the attempts for which `wanted(i)` holds; null: no filter. Returns how many tasks end with a marked one. */
  filter(wanted) {
    if (!wanted) return (this.matches = null), 0;
    const next = new Uint32Array(this.attempts + 1).fill(this.attempts);
    let count = 0;
    for (let k = this.attempts - 1; k >= 0; --k) {
      const good = wanted(this.order[k]);
      next[k] = good ? k : next[k + 1];
      count += good && this.isLast(this.order[k]) ? 1 : 0;
    }
    this.matches = next;
    return count;
  }
}
