// Colours and patterns of stages. A stage keeps both in all drawings; two stages of one colour differ in their pattern.

const COLOURS = {
  light: ['#3f6fb0', '#d79a2b', '#4b9470', '#8763ae', '#2f9fa8', '#96705a', '#c9688f', '#7d8436', '#64748b', '#5aa6dd'],
  dark: ['#7ba7e0', '#e8b95b', '#79bf9a', '#b394d6', '#62c4cb', '#c09a83', '#e596b6', '#b3ba62', '#9aa9bd', '#8fcbf4'],
};
const PATTERNS = ['plain', 'rising', 'dots', 'falling', 'bars', 'lines'];

const theme = {
  dark() {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  },
  colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  },
};

/** Stages of all runs by name, in the order in which they were first met. */
class Palette {
  constructor(runs) {
    this.places = new Map();
    for (const run of runs)
      for (const stage of run.stages)
        if (!this.places.has(stage.name)) this.places.set(stage.name, this.places.size);
    this.cache = new Map();
  }
  colour(name) {
    const place = this.places.get(name) ?? 0;
    return COLOURS[theme.dark() ? 'dark' : 'light'][place % COLOURS.light.length];
  }
  pattern(name) {
    const place = this.places.get(name) ?? 0;
    return PATTERNS[(place + Math.floor(place / COLOURS.light.length)) % PATTERNS.length];
  }
  /** A fill for a canvas: the colour with the pattern in it. */
  fill(context, name) {
    const key = `${name}/${theme.dark()}`;
    if (!this.cache.has(key)) this.cache.set(key, context.createPattern(this.tile(name), 'repeat'));
    return this.cache.get(key);
  }
  tile(name) {
    const size = 8, tile = make('canvas', {width: size, height: size}), paint = tile.getContext('2d');
    paint.fillStyle = this.colour(name);
    paint.fillRect(0, 0, size, size);
    paint.strokeStyle = paint.fillStyle = theme.dark() ? 'rgba(0,0,0,.28)' : 'rgba(255,255,255,.42)';
    paint.lineWidth = 1.5;
    paint.beginPath();
    const lines = {
      plain: [],
      rising: [[-2, 2, 2, -2], [0, 8, 8, 0], [6, 10, 10, 6]],
      falling: [[-2, 6, 2, 10], [0, 0, 8, 8], [6, -2, 10, 2]],
      bars: [[2, 0, 2, 8], [6, 0, 6, 8]],
      lines: [[0, 2, 8, 2], [0, 6, 8, 6]],
      dots: [],
    }[this.pattern(name)];
    for (const [x0, y0, x1, y1] of lines) paint.moveTo(x0, y0), paint.lineTo(x1, y1);
    paint.stroke();
    if (this.pattern(name) === 'dots')
      for (const [x, y] of [[2, 2], [6, 6]]) paint.fillRect(x - 1, y - 1, 2, 2);
    return tile;
  }
  swatch(name) {
    const canvas = make('canvas', {class: 'swatch', width: 16, height: 16, 'aria-hidden': 'true'});
    const draw = () => {
      const paint = canvas.getContext('2d');
      paint.fillStyle = this.fill(paint, name);
      paint.fillRect(0, 0, 16, 16);
    };
    redraws.add(draw);
    draw();
    return canvas;
  }
}

/** What is drawn again when the theme, the width or the paper changes. */
const redraws = new Set();
function redrawAll() {
  for (const draw of redraws) draw();
}
