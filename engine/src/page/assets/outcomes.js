// How outcomes look: each has a sign and a word, so that none is told by its colour alone.

// In the order of the filter.
const OUTCOMES = [
  'succeeded', 'failed', 'crashed', 'exited', 'timed_out', 'out_of_memory', 'cancelled', 'skipped', 'not_started',
  'lost', 'left_out'
];
const WORDS = {
  timed_out: 'timed out',
  out_of_memory: 'out of memory',
  not_started: 'not started',
  left_out: 'left out'
};
const SIGNALS = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM',
  24: 'SIGXCPU',
  25: 'SIGXFSZ',
  31: 'SIGSYS'
};

/** "crashed (SIGSEGV)", "exited with code 3". */
function outcomeText(outcome, detail = 0) {
  if (outcome === 'crashed' && detail) return `crashed (${SIGNALS[detail] || `signal ${detail}`})`;
  if (outcome === 'exited') return `exited with code ${detail}`;
  return WORDS[outcome] || outcome;
}

function outcomeClass(outcome) {
  if (outcome === 'succeeded') return 'good';
  if (outcome === 'running') return 'going';
  return ['skipped', 'not_started', 'left_out', 'cancelled'].includes(outcome) ? 'quiet' : 'bad';
}

const isFailure = outcome => outcomeClass(outcome) === 'bad';

/** By class. */
const SIGNS = {good: '\u2713', bad: '\u2717', going: '\u25b6', quiet: '\u2013'};

function badge(outcome, detail) {
  const kind = outcomeClass(outcome);
  return make(
      'span', {class: `badge ${kind}`}, make('span', {'aria-hidden': 'true'}, `${SIGNS[kind]} `),
      outcomeText(outcome, detail));
}
