#include "codes/tables.hpp"

#include <ropewalk/codes.hpp>

namespace ropewalk {

std::span<const Explanation> rule_codes() {
  static constexpr Explanation kTable[] = {
      {codes::kNotThreadSafe, "threads for a task type that is not thread-safe",
       "Its plugin does not say that it may run several times at once in one process. On processes of their own its "
       "tasks run at the same time all the same.",
       "(a task type without .thread_safe()) - {name: render, task: mine.render, executor: thread}",
       "(executor: process, or a plugin that says so) - {name: render, task: mine.render, executor: process}"},
      {codes::kLanguageVersion, "another version of the language",
       "'ropewalk: 1' names the version of the workflow language, and this program reads version 1.", "ropewalk: 2",
       "ropewalk: 1"},
      {codes::kTooManyItems, "too many items",
       "A stage has at most 1,000,000,000 tasks. A range or a matrix beyond that is a mistake in its numbers.",
       "- {name: wait, task: sim.noop, foreach: {range: 1000000000000}}",
       "- {name: wait, task: sim.noop, foreach: {range: 1000}}"},
      {codes::kUnusedDefault, "a default that no stage takes",
       "A key under 'with' of 'defaults' reaches the stages whose task type has a parameter of that name, and none has "
       "it: mostly a typing mistake.",
       "defaults: {with: {secnds: 1}}\nstages:\n  - {name: wait, task: sim.sleep}",
       "defaults: {with: {seconds: 1}}\nstages:\n  - {name: wait, task: sim.sleep}"},
      {codes::kStdinTwice, "two readers of standard input",
       "Standard input can be read once: by one stage ('lines: \"-\"', 'jsonl: \"-\"'), or as the workflow itself "
       "('ropewalk run -').",
       "- {name: a, task: sim.noop, foreach: {lines: \"-\"}}\n- {name: b, task: sim.noop, foreach: {lines: \"-\"}}",
       "- {name: a, task: sim.echo, foreach: {lines: \"-\"}, with: {value: \"${{ item }}\"}}\n- {name: b, task: "
       "sim.noop, foreach: {results: a}}"},
      {codes::kLimitNotHeld, "a limit that cannot be held there",
       "'cpu_time' belongs to one task. Threads share a process, and which of them used how much is not known in time "
       "to end only that one.",
       "- {name: count, task: sim.sleep, executor: thread, limits: {cpu_time: 10s}}",
       "- {name: count, task: sim.sleep, executor: process, limits: {cpu_time: 10s}}"},
      {codes::kHeldForHost, "a limit that tasks share (a warning)",
       "Tasks that share a process share its memory and its output, so 'memory' and 'output' hold for all of them "
       "together; only the output of commands is counted for each task. On 'process' they hold for each task.",
       "- {name: count, task: sim.sleep, executor: thread, limits: {memory: 1GiB}}",
       "- {name: count, task: sim.sleep, executor: process, limits: {memory: 1GiB}}"},
      {codes::kTimeoutOnThread, "a timeout on threads (a warning)",
       "A thread cannot be killed. A task that does not stop when it is asked is ended with its whole process, and the "
       "innocent tasks there run again. On 'process' it is ended alone. Task types that "
       "declare that they stop when asked, as shell.run does, get no warning.",
       "- {name: look, task: file.stat, executor: thread, timeout: 10s, with: {path: README.md}}",
       "- {name: look, task: file.stat, executor: process, timeout: 10s, with: {path: README.md}}"},
      {codes::kExclusiveParameters, "parameters that exclude each other",
       "The task type takes exactly one of these parameters, and more than one is given.",
       "- {name: list, task: shell.run, with: {command: ls, argv: [ls]}}",
       "- {name: list, task: shell.run, with: {argv: [ls]}}"},
      {codes::kFitsNothing, "an exclude that fits no combination",
       "The matrix has no such value on that axis, so the exclude leaves nothing out. Values are compared as numbers "
       "or as text: 1 is 1.0, and \"1\" is neither.",
       "- {name: build, task: sim.echo, foreach: {matrix: {size: [1, 2]}, exclude: [{size: 3}]}, with: {value: \"${{ "
       "item.size }}\"}}",
       "- {name: build, task: sim.echo, foreach: {matrix: {size: [1, 2]}, exclude: [{size: 2}]}, with: {value: \"${{ "
       "item.size }}\"}}"},
      {codes::kUnusedItems, "no expression of the stage reads its item",
       "A warning: the stage runs a task for each item, and all of these do the same. To repeat a task write a range.",
       "- {name: greet, task: shell.run, foreach: [Ann, Bob], with: {argv: [echo, hello]}}",
       "- {name: greet, task: shell.run, foreach: [Ann, Bob], with: {argv: [echo, hello, \"${{ item }}\"]}}"},
      {codes::kShortSecret, "a secret that is too short to be hidden everywhere (a warning)",
       "The value of a param with 'secret: true' is shown as ***. One of fewer than four bytes would turn up by chance "
       "inside other words and numbers, so it is hidden only where it stands alone.",
       "params: {pin: {type: text, secret: true, default: \"42\"}}",
       "params: {pin: {type: text, secret: true, default: \"4217\"}}"},
      {codes::kWorkersBeyondMeans, "more workers than the machine has means for (a warning)",
       "Each worker of 'process' is a process that the machine has to start, with descriptors and memory of its own. "
       "Beyond what the machine offers the run goes on with fewer, or spends its time "
       "starting them. Threads share a process and cost much less.",
       "- {name: wait, task: sim.sleep, executor: process, workers: 4096, foreach: {range: 5000}}",
       "- {name: wait, task: sim.sleep, executor: thread, workers: 64, foreach: {range: 5000}}"},
      {codes::kPythonForLibrary, "an interpreter for a plugin that needs none",
       "'python' of a stage names the interpreter that runs its plugin, a file NAME.py. This plugin is a shared "
       "library. 'python' in 'defaults' is for those stages whose plugin is in Python.",
       "- {name: wait, task: sim.sleep, python: python3, with: {seconds: 1}}",
       "- {name: wait, task: sim.sleep, with: {seconds: 1}}"},
      {codes::kCycle, "something waits for itself",
       "Stages wait for those that they name under 'needs', take items from or read, and without 'needs' for the one "
       "before them in the file; files wait for those that they include. Going "
       "round in a circle none of them could ever start. A stage that need not wait for the one before it says so with "
       "'needs'.",
       "- {name: a, task: sim.noop, needs: [b]}\n- {name: b, task: sim.noop}",
       "- {name: a, task: sim.noop, needs: [b]}\n- {name: b, task: sim.noop, needs: []}"},
      {codes::kNothingToWaitFor, "after a failure of nothing",
       "A stage with 'after: failure' runs when one of the stages that it needs has failed, and this one needs none, "
       "so it would never run.",
       "- {name: notice, task: sim.noop, after: failure}",
       "- {name: fetch, task: sim.noop}\n- {name: notice, task: sim.noop, needs: [fetch], after: failure}"},
      {codes::kBadVersionRange, "this is no range of versions",
       "Under 'requires' a version has an operator before it: >=, >, <=, <, = or !=; several are joined by commas and "
       "must all hold.",
       "requires: {ropewalk: \"0.1\"}", "requires: {ropewalk: \">=0.1, <1\"}"},
      {codes::kOtherVersion, "another version of ropewalk is required",
       "The workflow says under 'requires' which versions it can be run with, and this program is none of them: use "
       "another one, or change what is required.",
       "requires: {ropewalk: \">=1000\"}", "requires: {ropewalk: \">=0.1\"}"},
      {codes::kTooManyIncludes, "too many files that include each other",
       "A workflow has at most 64 files, nested at most 16 deep.", "(a file that includes 100 others)",
       "(a stage with 'foreach' in place of a file for each item)"},
  };
  return kTable;
}

}  // namespace ropewalk
