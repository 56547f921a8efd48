// The graph of stages: a column for each step of waiting, an arrow to each stage that waits. The same as a list below.

function graphOf(run, palette) {
  const {stages} = run, level = stages.map(() => 0);
  for (let round = 0; round < stages.length; ++round) {
    let moved = false;
    stages.forEach((stage, i) => stage.needs.forEach(need => {
      if (need < stages.length && level[need] + 1 > level[i] && level[need] + 1 < stages.length)
        level[i] = level[need] + 1, moved = true;
    }));
    if (!moved) break;
  }
  const list = make(
      'ul', {class: 'plain'},
      stages.map(
          stage => make(
              'li', {}, make('strong', {}, quoted(stage.name, 60)),
              stage.needs.length ? [' waits for ', listed(stage.needs.map(need => stages[need]?.name ?? '?'))] :
                                   ' waits for no other stage')));
  if (stages.length === 0) return make('p', {class: 'empty'}, 'The run has no stage.');
  if (stages.length > 60) return list;
  const columns = [];
  level.forEach((column, i) => (columns[column] ??= []).push(i));
  // An arrow over several columns has a row of its own in each of them, so that it passes no stage. Of such a row, the
  // number is behind those of the stages.
  const place = [], before = stages.map(stage => stage.needs.filter(need => need < stages.length)), bends = new Map();
  stages.forEach((stage, i) => before[i].forEach((need, at) => {
    const way = [];
    for (let column = level[need] + 1, from = need; column < level[i]; ++column) {
      const row = before.push([from]) - 1;
      columns[column].push(row);
      way.push(row);
      from = row;
    }
    bends.set(`${need} ${i}`, way);
    if (way.length) before[i][at] = way.at(-1);
  }));
  columns.forEach(column => {
    const middle = i =>
        before[i].length ? before[i].reduce((sum, need) => sum + (place[need]?.row ?? 0), 0) / before[i].length : 0;
    column.sort((a, b) => middle(a) - middle(b) || a - b);
    column.forEach((i, row) => (place[i] = {row: row - (column.length - 1) / 2}));
  });
  const rows = Math.max(...columns.map(column => column.length)), boxWidth = 168, boxHeight = 46, gapX = 56, gapY = 16;
  const width = columns.length * (boxWidth + gapX) - gapX + 4, height = rows * (boxHeight + gapY) - gapY + 4;
  const left = i => 2 + level[i] * (boxWidth + gapX),
        top = i => height / 2 + place[i].row * (boxHeight + gapY) - boxHeight / 2;
  const svg = drawn(
      'svg', {
        class: 'graph',
        viewBox: `0 0 ${width} ${height}`,
        width,
        height,
        role: 'img',
        'aria-label': `Graph of ${counted(stages.length, 'stage')}; the list below says which waits for which`
      },
      drawn(
          'defs', {},
          drawn(
              'marker', {
                id: `arrow-${run.place}`,
                viewBox: '0 0 8 8',
                refX: 7,
                refY: 4,
                markerWidth: 7,
                markerHeight: 7,
                orient: 'auto'
              },
              drawn('path', {class: 'head', d: 'M0 0 L8 4 L0 8 z'}))));
  stages.forEach((stage, i) => stage.needs.forEach(need => {
    if (need >= stages.length) return;
    let x = left(need) + boxWidth, y = top(need) + boxHeight / 2, d = `M${x} ${y}`;
    const to = (x1, y1) => (d += ` C${x + gapX / 2} ${y} ${x1 - gapX / 2} ${y1} ${x1} ${y1}`, x = x1, y = y1);
    bends.get(`${need} ${i}`).forEach((row, k) => {
      const column = 2 + (level[need] + 1 + k) * (boxWidth + gapX);
      to(column, top(row) + boxHeight / 2);
      d += ` H${x = column + boxWidth}`;
    });
    to(left(i) - 1, top(i) + boxHeight / 2);
    svg.append(drawn('path', {class: 'edge', d, 'marker-end': `url(#arrow-${run.place})`}));
  }));
  stages.forEach((stage, i) => {
    const kind = outcomeClass(stage.outcome);
    const name = Array.from(line(stage.name, 60)),
          short = name.length > 19 ? `${name.slice(0, 18).join('')}\u2026` : name.join('');
    const edge = drawn('rect', {x: left(i), y: top(i) + 8, width: 4, height: boxHeight - 16}),
          colour = () => edge.setAttribute('fill', palette.colour(stage.name));
    redraws.add(colour);
    colour();
    svg.append(drawn(
        'g', {class: `node ${kind}`}, drawn('title', {}, `${visible(stage.name)}: ${outcomeText(stage.outcome)}`),
        drawn('rect', {x: left(i), y: top(i), width: boxWidth, height: boxHeight, rx: 7}), edge,
        drawn('text', {class: 'title', x: left(i) + 13, y: top(i) + 19}, short),
        drawn(
            'text', {class: 'note', x: left(i) + 13, y: top(i) + 36},
            [
              `${SIGNS[kind]} ${counted(stage.tasks, 'task')}`,
              stage.wall_s > 0 ? duration(stage.wall_s * NS_PER_S) : null
            ].filter(Boolean).join(' \u00b7 '))));
  });
  return make(
      'div', {}, make('div', {class: 'wide', tabindex: '0', role: 'region', 'aria-label': 'Graph of stages'}, svg),
      make('details', {}, make('summary', {}, 'The same as a list'), list));
}
