#include "codes/tables.hpp"

#include <ropewalk/codes.hpp>

namespace ropewalk {

std::span<const Explanation> key_codes() {
  static constexpr Explanation kTable[] = {
      {codes::kUnknownTask, "the plugin has no such task type",
       "'task' is plugin.task. The plugin is there, but has no task type of that name; 'ropewalk plugins show NAME' "
       "lists what it has.",
       "- {name: wait, task: sim.slep}", "- {name: wait, task: sim.sleep}"},
      {codes::kUnknownParameter, "the task takes no such parameter",
       "Every key of 'with' is a parameter of the task type. 'ropewalk plugins show NAME' lists them with their types.",
       "- {name: wait, task: sim.sleep, with: {secnds: 1}}", "- {name: wait, task: sim.sleep, with: {seconds: 1}}"},
      {codes::kMissingParameter, "a parameter is missing",
       "The task type cannot run without it, and has no default for it. Give it under 'with' of the stage, or under "
       "'with' of 'defaults' for all stages that take it.",
       "- {name: hash, task: file.checksum}", "- {name: hash, task: file.checksum, with: {path: README.md}}"},
      {codes::kWrongType, "a value of another type than the one that belongs there",
       "A value is read as what is declared for it: 1.10, yes and 010 are fine as text, 010 is no int. Durations have "
       "a unit (500ms, 1h30m), sizes too (64MiB). Where no type is declared, "
       "yes, no, on, off, 010 and 0x10 are refused, because readers of YAML disagree about them, and so is a number "
       "that would lose some of its text, as 3.10 would become 3.1: quote what is text.",
       "- {name: wait, task: sim.sleep, timeout: 5 minutes}", "- {name: wait, task: sim.sleep, timeout: 5m}"},
      {codes::kOutOfRange, "a number outside of its range",
       "It is below the least or above the greatest value that its declaration allows, as the message says.",
       "- {name: wait, task: sim.sleep, workers: 0}", "- {name: wait, task: sim.sleep, workers: 1}"},
      {codes::kNotAChoice, "not one of the choices", "Only certain words are allowed here; the message lists them.",
       "- {name: wait, task: sim.sleep, on_error: ignored}", "- {name: wait, task: sim.sleep, on_error: ignore}"},
      {codes::kUnknownKey, "there is no such key",
       "A key that means nothing is refused rather than ignored, since it is mostly a typing mistake. The message "
       "lists the keys that may stand there.",
       "- {name: wait, task: sim.sleep, need: []}", "- {name: wait, task: sim.sleep, needs: []}"},
      {codes::kMissingKey, "a key is missing",
       "A workflow needs 'ropewalk' and 'stages', a stage needs 'name' and 'task', a range needs 'to', a param needs a "
       "type or a default.",
       "- {name: wait}", "- {name: wait, task: sim.sleep}"},
      {codes::kWrongForm, "a list, a map or a single value where another of them belongs",
       "Or a key without any value, or 'foreach' with two sources of items. The message says what is wanted.",
       "- {name: first, task: sim.noop}\n- {name: second, task: sim.noop, needs: first}",
       "- {name: first, task: sim.noop}\n- {name: second, task: sim.noop, needs: [first]}"},
      {codes::kBadName, "this cannot be a name",
       "Names of stages, params, vars, axes and fields begin with a small letter and go on with small letters, digits, "
       "'_' and '-'; environment variables have letters, digits and '_'.",
       "- {name: Hash It, task: sim.noop}", "- {name: hash-it, task: sim.noop}"},
      {codes::kDuplicateName, "a name is given twice",
       "Names of stages, vars and params are known in the whole workflow, with all files that it includes, and a "
       "result has each field once.",
       "- {name: hash, task: sim.noop}\n- {name: hash, task: sim.echo, with: {value: 1}}",
       "- {name: hash, task: sim.noop}\n- {name: hash-again, task: sim.echo, with: {value: 1}}"},
      {codes::kUnknownExecutor, "there is no such executor",
       "serial runs one task after the other, thread and process run several at once in one process or in one each, "
       "thread-per-task and process-per-task make a fresh one for every task. auto tries some of them and chooses.",
       "- {name: wait, task: sim.sleep, executor: threads}", "- {name: wait, task: sim.sleep, executor: thread}"},
      {codes::kWorkersWithSerial, "a key that the executor has no use for",
       "'serial' runs one task at a time in one process, so 'workers' and 'per_host' do not go with it. 'auto' decides "
       "itself what shares a process. 'drift' is for 'serial' and 'process', where a process runs its tasks one after "
       "the other.",
       "- {name: wait, task: sim.sleep, executor: serial, workers: 4}",
       "- {name: wait, task: sim.sleep, executor: process, workers: 4}"},
  };
  return kTable;
}

}  // namespace ropewalk
