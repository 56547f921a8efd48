// Reads a trace with the importer of Catapult's trace viewer, the program behind chrome://tracing, whose authors have
// defined the format. Prints what it has understood as JSON. Debian has the viewer within Go's sources.
//   node trace_reader.js trace_viewer_full.html trace.json
'use strict';
const fs = require('fs');
const vm = require('vm');

const page = fs.readFileSync(process.argv[2], 'utf8');
const scripts = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(match => match[1]).join('\n');
global.global = global;
global.oboe = {};  // reads streams, which are not used here
// The modules of the user interface need a browser, and fail. Those of the importer do not.
for (const module of scripts.split(/(?='use strict';)/)) {
  try {
    vm.runInThisContext(module);
  } catch (error) {
  }
}

const model = new tr.Model();
const options = new tr.importer.ImportOptions();
options.shiftWorldToZero = false;
options.showImportWarnings = false;
new tr.importer.Import(model, options).importTraces([fs.readFileSync(process.argv[3], 'utf8')]);

const processes = model.getAllProcesses().map(process => ({
  name: process.name,
  counters: Object.values(process.counters).map(counter => ({
    name: counter.name,
    samples: counter.series.map(series => series.samples.map(sample => sample.value)).flat(),
  })),
  instants: process.instantEvents.map(event => event.title),
  threads: Object.values(process.threads).map(thread => ({
    name: thread.name,
    // Of spans that lie within each other, the viewer keeps the outer one at the top.
    top: thread.sliceGroup.topLevelSlices.length,
    spans: thread.sliceGroup.slices.map(
        slice => ({title: slice.title, start: slice.start, duration: slice.duration, args: slice.args})),
  })),
}));
console.log(JSON.stringify({
  warnings: model.importWarnings.map(warning => warning.message),
  processes,
  instants: model.instantEvents.map(event => event.title),
  arrows: model.flowEvents.map(
      flow => [flow.startSlice ? flow.startSlice.title : null, flow.endSlice ? flow.endSlice.title : null]),
}));
