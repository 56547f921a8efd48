// Text and elements: every piece of a record reaches the page through these functions, as text and never as markup.

const NS_PER_S = 1e9;

/** "8.21 s", "340 ms", "12 us", "3h05m": as the program prints durations. */
function duration(ns) {
  const s = ns / NS_PER_S;
  if (!(s > 0)) return '0 s';
  if (s >= 3600) return `${Math.floor(s / 3600)}h${String(Math.floor((s % 3600) / 60)).padStart(2, '0')}m`;
  if (s >= 600) return `${Math.floor(s / 60)}m${String(Math.floor(s % 60)).padStart(2, '0')}s`;
  for (const [unit, size] of [['s', 1], ['ms', 1e-3], ['us', 1e-6], ['ns', 1e-9]])
    if (s >= size * 0.9995 || unit === 'ns') return `${digits(s / size)} ${unit}`;
}

/** Three significant digits, without an exponent. */
function digits(value) {
  if (value >= 100) return String(Math.round(value));
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

const grouped = number => Math.round(number).toLocaleString('en-US');
const counted = (number, noun) => `${grouped(number)} ${noun}${number === 1 ? '' : 's'}`;
const percent = share => `${share > 0 && share < 0.0995 ? (share * 100).toFixed(1) : Math.round(share * 100)} %`;

const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** Control characters and marks that reorder or hide text become visible, so that text cannot disguise itself. */
function visible(text) {
  return String(text).replace(HIDDEN, char => {
    const code = char.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** The same on one line, shortened in its middle. */
function line(text, most = 90) {
  const flat = visible(text).replace(/\n/g, '\\n').replace(/\t/g, '\\t');
  const chars = Array.from(flat);
  if (chars.length <= most) return flat;
  return `${chars.slice(0, most - 30).join('')} ... ${chars.slice(-25).join('')}`;
}

/**
 * Makes an element. `parts`: texts and elements; `attributes`: also `on`, a map of listeners, and `css`, of
 * properties.
 */
function make(name, attributes = {}, ...parts) {
  const element = document.createElement(name);
  fill(element, attributes, parts);
  return element;
}

function drawn(name, attributes = {}, ...parts) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  fill(element, attributes, parts);
  return element;
}

function fill(element, attributes, parts) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'on')
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else if (key === 'css')
      for (const [property, text] of Object.entries(value)) element.style.setProperty(property, text);
    else if (value === true)
      element.setAttribute(key, '');
    else if (value !== false && value !== null && value !== undefined)
      element.setAttribute(key, value);
  }
  for (const part of parts.flat(Infinity))
    if (part !== null && part !== undefined) element.append(part instanceof Node ? part : String(part));
}

/** Text of a run within a sentence: it cannot turn the direction of what stands beside it. */
const quoted = (text, most) => make('bdi', {}, line(text, most));

const listed = names => names.map((name, i) => [i ? ', ' : '', quoted(name, 60)]);

/** The name of a task; a click calls `open(button)`, which shows its details. */
function taskButton(name, most, open) {
  return make(
      'button', {type: 'button', class: 'task', on: {click: event => open(event.currentTarget)}}, line(name, most));
}

/** A list of {name, value} as a definition list; values are texts or elements, and empty ones are left out. */
function facts(pairs) {
  const list = make('dl', {class: 'facts'});
  for (const [name, value] of pairs)
    if (value !== '' && value !== null && value !== undefined) list.append(make('dt', {}, name), make('dd', {}, value));
  return list;
}

function section(id, title, ...parts) {
  return make('section', {id, 'aria-labelledby': `${id}-title`}, make('h2', {id: `${id}-title`}, title), ...parts);
}
