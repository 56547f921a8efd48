#include "codes/tables.hpp"

#include <ropewalk/codes.hpp>

namespace ropewalk {

std::span<const Explanation> command_codes() {
  static constexpr Explanation kTable[] = {
      {codes::kUnknownCommand, "there is no such command",
       "'ropewalk --help' lists the commands. A workflow is run with 'ropewalk run FILE'.",
       "$ ropewalk rnu photos.yaml", "$ ropewalk run photos.yaml"},
      {codes::kUnknownOption, "the command has no such option",
       "'ropewalk COMMAND --help' lists the options of a command.", "$ ropewalk run photos.yaml --jsn",
       "$ ropewalk run photos.yaml --json"},
      {codes::kMissingArgument, "something is missing on the command line",
       "An option without its value, or a command without its file or name.", "$ ropewalk run",
       "$ ropewalk run photos.yaml"},
      {codes::kBadOptionValue, "an option cannot have this value",
       "The message says what the option, or the setting of a file or a variable, takes.",
       "$ ropewalk run photos.yaml -j many", "$ ropewalk run photos.yaml -j 4"},
      {codes::kExtraArgument, "one word too many",
       "The command takes fewer words. One with blanks in it is put in quotes; several workflows are checked with "
       "'validate' and run one after the other.",
       "$ ropewalk run photos.yaml 640", "$ ropewalk run photos.yaml --set width=640"},
      {codes::kOptionNotYet, "designed, but not in this version",
       "The command or option is planned, and refused rather than ignored until it is there.",
       "$ ropewalk run photos.yaml --dry-run --json", "$ ropewalk run photos.yaml --dry-run"},
      {codes::kStdoutTwice, "two outputs want the same place",
       "Only one of --json and the options with - can write to standard output, and two outputs cannot share a file.",
       "$ ropewalk run photos.yaml --json --results -", "$ ropewalk run photos.yaml --json --results results.jsonl"},
      {codes::kCannotWriteOutput, "an output cannot be written",
       "The file of --results, --events, --junit, --joblog, --metrics or --report is opened before anything runs, so "
       "that a long run does not end without a place for its results. Its folder must exist, and you must be allowed "
       "to write "
       "there.",
       "$ ropewalk run photos.yaml --results no/such/folder/results.jsonl",
       "$ ropewalk run photos.yaml --results results.jsonl"},
      {codes::kUnknownCode, "there is no such code",
       "Codes stand in brackets behind 'error' and 'warning': a letter and three digits. 'ropewalk explain' lists them "
       "all.",
       "$ ropewalk explain W999", "$ ropewalk explain W204"},
      {codes::kBorrowedRights, "the program runs with the rights of its file's owner",
       "It is setuid or setgid. Whoever may start it could run any plugin and any command with those rights, so it "
       "runs nothing.",
       "$ chmod u+s ropewalk", "$ chmod u-s,g-s ropewalk"},
      {codes::kForeignPlaceholder, "a placeholder of another tool",
       "'map' has {} for the item, {1} for that of the first of several lists, and {...} for all of them. What GNU "
       "parallel and fd write as {.}, {/}, {//}, {/.} and {#} are expressions here.",
       "$ ropewalk map shell.run --glob '*' -- echo {/}",
       "$ ropewalk map shell.run --glob '*' -- echo '${{ basename(item) }}'"},
      {codes::kUnusedMapItems, "no task uses its item",
       "Every task would do the same. The item is appended to a command without {}, as xargs does, but not to other "
       "parameters. --range repeats a command a number of times.",
       "$ ropewalk map sim.echo --glob '*' --with value=1", "$ ropewalk map sim.echo --glob '*' --with value={}"},
      {codes::kNoFolder, "a folder that is not there",
       "The folder of --plugins, or of 'ropewalk trust', does not exist or is no folder.",
       "$ ropewalk run photos.yaml --plugins no/such/folder", "$ ropewalk run photos.yaml --plugins ."},
      {codes::kOutputIsInput, "an output would overwrite the workflow",
       "--results, or another option that names an output, names the workflow itself, or a file that it includes. The "
       "file of a report is not the record that it shows.",
       "$ ropewalk run photos.yaml --results photos.yaml", "$ ropewalk run photos.yaml --results results.jsonl"},
      {codes::kCannotTrust, "the folder cannot be trusted",
       "Another user can change what is in the folder, or the list of trusted folders cannot be written. It is kept in "
       "$XDG_STATE_HOME/ropewalk, else in ~/.local/state/ropewalk.",
       "(a folder of another user) $ ropewalk trust /home/mallory/plugins", "$ ropewalk trust ."},
      {codes::kUnknownRun, "no such run is recorded",
       "A run is named by its name, its id, the beginning of either, 'latest', or the path of its record. Records are "
       "in .ropewalk of the current folder, or in the folder of --record-dir.",
       "$ ropewalk show no-such-run", "$ ropewalk runs"},
      {codes::kAmbiguousRun, "several runs begin with this text",
       "The beginning of a name or id is enough if one run alone begins so. The message lists the runs.",
       "(two runs, quiet-otter and quiet-heron) $ ropewalk show quiet", "$ ropewalk runs"},
      {codes::kUnrecordedTask, "the run has no such task",
       "A task is named STAGE/INDEX, as messages name it. Indices begin with 0.",
       "(a stage 'hash' with 3 tasks) $ ropewalk why latest hash/3", "(the same run) $ ropewalk why latest hash/2"},
      {codes::kRecordedPlan, "a recorded task cannot be prepared again",
       "Its parameters are evaluated again from the recorded workflow. That needs the included files as they were, and "
       "the results that it reads.",
       "(an included file that has changed since) $ ropewalk repro latest hash/2",
       "(the file as it was) $ ropewalk repro latest hash/2"},
      {codes::kCannotMake, "what is to be made exists already, or cannot be written",
       "'ropewalk new' overwrites nothing and follows no link.", "$ mkdir hello && ropewalk new plugin hello",
       "$ ropewalk new plugin hello-again"},
      {codes::kNoComparison, "report of a file that is no comparison, or cannot be read",
       "A file with the ending .json is what 'ropewalk compare FILE --json' has printed, and - is the same on standard "
       "input. Recorded runs are named by their names, their ids or the paths of their records.",
       "$ ropewalk report run.json", "$ ropewalk compare photos.yaml --report modes.html"},
      {codes::kUnknownSetting, "--set of a param that the workflow does not have",
       "'ropewalk run FILE --help' lists the params of a workflow.", "$ ropewalk run photos.yaml --set widht=640",
       "$ ropewalk run photos.yaml --set width=640"},
      {codes::kBadSetting, "a value that the param cannot have",
       "The text behind = of --set, in the file of --set-file or in the variable is read by the declared type of the "
       "param. Lists repeat --set, or are written as JSON.",
       "$ ropewalk run photos.yaml --set width=wide", "$ ropewalk run photos.yaml --set width=640"},
      {codes::kMissingSetting, "a param has no value",
       "It is declared without a default, so it must be given: with --set, with --set-file, or in the variable "
       "ROPEWALK_PARAM_NAME.",
       "$ ropewalk run needs-root.yaml", "$ ropewalk run needs-root.yaml --set root=/usr/include"},
      {codes::kUnknownStageOption, "--executor or --stage of a stage that is not there",
       "Before = stands the name of a stage; without = the executor is that of all stages.",
       "$ ropewalk run photos.yaml --executor reszie=thread", "$ ropewalk run photos.yaml --executor resize=thread"},
      {codes::kUnknownExecutorOption, "--executor of an executor that is not there",
       "There are serial, thread, process, thread-per-task, process-per-task and auto.",
       "$ ropewalk run photos.yaml --executor threads", "$ ropewalk run photos.yaml --executor thread"},
      {codes::kExecutorNotThreadSafe, "--executor thread for a task type that is not thread-safe",
       "Its plugin does not say that it may run several times at once in one process.",
       "(a task type without .thread_safe()) $ ropewalk run mine.yaml --executor thread",
       "$ ropewalk run mine.yaml --executor process"},
      {codes::kWorkersIgnored, "workers are ignored (a warning)",
       "The workflow says 'workers' for a stage, and --executor serial runs one task at a time.",
       "$ ropewalk run photos.yaml --executor serial", "$ ropewalk run photos.yaml --executor process"},
      {codes::kExecutorLimitNotHeld, "--executor for a stage whose limits it cannot hold",
       "'cpu_time' of 'limits' belongs to one task, and threads share a process. Leave that stage to processes.",
       "$ ropewalk run limited.yaml --executor thread",
       "$ ropewalk run limited.yaml --executor thread --executor count=process"},
      {codes::kUnknownVariable, "a variable that is nearly that of a param (a warning)",
       "A param takes its value from ROPEWALK_PARAM_NAME where neither --set nor --set-file gives it: its name in "
       "capitals, with _ for -. Variables of other workflows' params are ignored; this one looks like a typing "
       "mistake.",
       "$ ROPEWALK_PARAM_WIDHT=640 ropewalk run photos.yaml", "$ ROPEWALK_PARAM_WIDTH=640 ropewalk run photos.yaml"},
  };
  return kTable;
}

}  // namespace ropewalk
