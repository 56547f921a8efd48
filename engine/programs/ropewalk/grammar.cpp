#include "grammar.hpp"

#include "language_help.hpp"

#include <ropewalk/executors.hpp>

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <limits>
#include <string>

namespace ropewalk::cli {
namespace {

void add_repeatable(CLI::App& app, const std::string& name, std::vector<std::string>& into, const std::string& help,
                    const std::string& shown) {
  app.add_option(name, into, help)->allow_extra_args(false)->take_all()->type_name(shown);
}

/// "serial, thread or process".
std::string executors_listed() {
  std::string listed;
  const auto all = executor_kinds();
  for (std::size_t i = 0; i < all.size(); ++i)
    fmt::format_to(std::back_inserter(listed), "{}{}", i == 0 ? "" : i + 1 == all.size() ? " or " : ", ", all[i].name);
  return listed;
}

void add_settings(CLI::App& app, Raw& raw) {
  add_repeatable(app, "--set", raw.set, "give a parameter of the workflow its value", "NAME=VALUE");
  add_repeatable(app, "--set-file", raw.set_files, "the same with the content of a file, for secrets; - is stdin",
                 "NAME=PATH");
}

void add_planning(CLI::App& app, Raw& raw) {
  add_settings(app, raw);
  app.add_option("-j,--jobs", raw.jobs,
                 "at most so many tasks at once, over all stages; each stage runs at most its 'workers'")
      ->type_name("N");
  add_repeatable(app, "--executor", raw.executors, executors_listed() + ", for one stage or for all", "[STAGE=]E");
}

void add_stage(CLI::App& app, Raw& raw) {
  add_repeatable(app, "--stage", raw.stages, "only this stage and what it waits for", "NAME");
}

void add_recording(CLI::App& app, Raw& raw) {
  app.add_flag("--record", raw.record, "record the run");
  app.add_flag("--no-record", raw.no_record, "do not record the run");
}

/// For the reports of other programs, of a run or of its record.
void add_reports(CLI::App& app, Raw& raw) {
  app.add_option("--junit", raw.junit, "the tasks as JUnit's XML, for continuous builds; - is stdout")
      ->type_name("FILE");
  app.add_option("--joblog", raw.joblog, "a line for each task, as GNU parallel's --joblog; - is stdout")
      ->type_name("FILE");
  app.add_option("--metrics", raw.metrics, "metrics in Prometheus' text format; - is stdout")->type_name("FILE");
}

void add_running(CLI::App& app, Raw& raw) {
  app.add_flag("--fail-fast", raw.fail_fast, "start nothing more once a task has failed, except stages with 'finally'");
  app.add_option("--halt", raw.halt,
                 "soon,fail=N: start nothing more once N tasks have failed; now,fail=N: also end running tasks; or N%")
      ->type_name("WHEN");
  app.add_option("--deadline", raw.deadline,
                 "the longest time that the run may take, such as 2h; after it the run is stopped, and fails")
      ->type_name("DURATION");
  app.add_flag("--dry-run", raw.dry_run, "print what would run; run nothing and write nothing");
  app.add_flag("--json", raw.json, "one JSON document about the run on stdout");
  app.add_option("--results", raw.results, "a JSON line for each task; - is stdout")->type_name("FILE");
  app.add_option("--events", raw.events, "what happens, as JSON lines, live; - is stdout")->type_name("FILE");
  add_reports(app, raw);
  app.add_option("--report", raw.report, "the run as one HTML file, from its record; - is stdout")->type_name("FILE");
  app.add_option("--record-dir", raw.record_folder, "the folder of records, instead of .ropewalk")->type_name("DIR");
  app.add_flag("--allow-empty", raw.allow_empty, "accept a run without any task");
}

void add_mapping(CLI::App& app, Raw& raw) {
  add_repeatable(app, "--range", raw.range, "the items are 0 to N-1", "N");
  add_repeatable(app, "--glob", raw.glob, "the items are the files that match; quote it", "PATTERN");
  add_repeatable(app, "--lines", raw.lines, "the items are lines; - is stdin, read while it is written", "FILE");
  app.add_flag("-0,--null", raw.null, "lines end with a NUL byte instead of a line end, as find -print0 writes them");
  add_repeatable(app, "--jsonl", raw.jsonl, "the items are JSON values, one a line; - is stdin", "FILE");
  app.add_option("-n,--batch", raw.batch, "so many items for each task: {...} is all of them, {1} the first")
      ->type_name("K");
  app.add_flag("--pipe", raw.pipe, "the items are blocks of lines, of stdin or of --lines: the stdin of the command");
  app.add_option("--block", raw.block, "the most bytes of such a block; default: 1MiB; -n: the most lines")
      ->type_name("SIZE");
  app.add_flag("--shuf", raw.shuffle, "the items in a random order");
  add_repeatable(app, "--with", raw.with, "a parameter of the task; {} in it is the item", "NAME=VALUE");
  app.add_option("--retries", raw.retries, "try a task that failed again, so many times")->type_name("N");
  app.add_option("--timeout", raw.timeout, "the longest time of an attempt, such as 90s")->type_name("DURATION");
  app.add_option("--order", raw.order, "results in the order of the items, or as tasks end: completion")
      ->type_name("ORDER");
  app.add_flag("--tag", raw.tag, "begin each line of output with the item and a tab");
  app.add_option("--results-dir", raw.results_folder, "write what would be printed of each task into DIR/INDEX instead")
      ->type_name("DIR");
  app.add_option("--print", raw.print,
                 "this field of each result as it is, instead of all as JSON; of shell.run: stdout")
      ->type_name("FIELD");
  app.add_flag("--print-yaml", raw.print_yaml, "the same as a workflow file on stdout; nothing is run");
}

void add_common(CLI::App& app, Raw& raw) {
  add_repeatable(app, "--plugins", raw.plugins, "look for plugins here first", "DIR");
  app.add_flag("--trust", raw.trust, "also use plugins of folders that are not trusted, as in CI");
  app.add_flag("-q,--quiet", raw.quiet, "print only what went wrong");
  app.add_flag("-v,--verbose", raw.verbose,
               "also print what plugins write, and the ledger of each stage (-vv: in detail)");
  app.add_option("--color", raw.color, "auto, always or never")->type_name("WHEN");
}

void add_history(CLI::App& app, Raw& raw) {
  app.add_option("--record-dir", raw.record_folder, "the folder of records; default .ropewalk")->type_name("DIR");
}

/// The examples at the end of each help. A test runs all of them unchanged.
using Examples = std::array<const char*, 2>;
std::string footer(const std::string& text, const Examples& examples) {
  return fmt::format("{}{}Examples:\n  {}\n  {}", text, text.empty() ? "" : "\n", examples[0], examples[1]);
}

/// `text`: shown between the options and the examples.
CLI::App* command(CLI::App& parent, const char* name, const char* summary, const Examples& examples,
                  const char* text = "") {
  CLI::App* made = parent.add_subcommand(name, summary);
  made->set_help_flag("-h,--help", "this text");
  made->allow_extras()->footer(footer(text, examples));
  return made;
}

constexpr const char* kMapOperands = "PLUGIN.TASK [OPTIONS] [-- COMMAND...] [::: ITEM...]";
constexpr std::size_t kAnyNumber = std::numeric_limits<std::size_t>::max();  // of operands

constexpr const char* kBeginning =
    R"(To begin with:
  as with xargs or GNU parallel     ropewalk map --help
  as with GitHub Actions or make    ropewalk run --help, which shows a workflow and all of its keys
  what a task can do                ropewalk plugins list, ropewalk plugins show NAME
  a first file of your own          ropewalk map ... --print-yaml > first.yaml
  what a file would do              ropewalk validate FILE, graph FILE, run FILE --dry-run

Exit codes: 0 all succeeded, 1 a task failed or a deadline passed, 2 command line, 3 workflow invalid, 4 plugins missing or
refused, 5 no task at all, 70 internal, 74 output or the record of the run could not be written.
)";

constexpr const char* kMapping =
    R"(The words behind -- are the command of shell.run, its parameter argv; no shell reads them. Other task types take their
parameters from --with: 'ropewalk plugins list' names them, 'ropewalk plugins show NAME' says what they take. Besides {}
there are expressions: '${{ stem(item) }}.jpg', '${{ index }}'. Where neither stands, the item is appended to the command, as
xargs does, but not that of --range, which repeats a command. Without items there is one task.

Items may also stand behind the command, as with GNU parallel:
  ::: A B      these words           :::: FILE    the lines of FILE
Several lists are combined, each item of one with each of the others; {1} is the item of the first list, {2} that of the
second, {...} all of them as words. A list behind :::+ or ::::+ is linked: its first item goes with the first one of the list
before it. For shell.run, --dry-run prints the command lines.
)";

constexpr const char* kComparingModes =
    R"(A mode is an executor with a number of workers. The modes take turns: each round runs every mode once, and another mode begins
it. The times are those of whole runs. 'interval' is the 95% interval of the median, or from the fastest to the slowest run if
there are fewer than six runs. 'vs' is how many times faster a mode is than the first one, with the half width of its 95%
interval over the rounds (the paired t interval of logarithms). A difference of less than 2% is no evidence. Outliers, drift
and other load of the machine are reported.

The results of all modes are compared byte for byte, as --results writes them. A difference is an error. No run is recorded.
--workers N limits the tasks at once as -j does, and is what 'workers: auto' means.

Exit codes: 0 all tasks of all modes succeeded with the same results, 1 a task failed or a result differs; others as of 'run'.
)";

constexpr const char* kStopping =
    R"(A param that neither --set nor --set-file gives is taken from the variable ROPEWALK_PARAM_NAME, else from its default.
The value of one that is 'secret: true' is shown as *** wherever it turns up.

Ctrl-C once starts nothing more and gives running tasks ten seconds, twice ends them now, three times leaves at once.
Stages with 'finally' run all the same, for ten more seconds, but not after the third.
SIGUSR1 says what runs. SIGUSR2, SIGXCPU, SIGALRM and the like stop the run as Ctrl-C does.
)";

constexpr const char* kResuming =
    R"(A task is kept if it has succeeded with the same plugin, task type and parameters. Everything else runs, in the same record.
The workflow is read from its file as it is now. Params have the values that the run had, unless they are given again; secret
ones are not recorded and must be given again.

With --failed only these run: tasks that failed, tasks that were skipped because of a failure, and tasks of stages that read
or need what ran again, if their parameters changed or they had not ended. Everything else that had not ended stays so. What
has succeeded is kept even if its plugin or its parameters have changed since.
)";

constexpr const char* kSettings =
    R"(The nearer source wins: flag, variable, workflow, project's file, user's file.
  -j          ROPEWALK_JOBS         jobs: 4
  --executor  ROPEWALK_EXECUTOR     executor: thread
  --plugins   ROPEWALK_PLUGIN_PATH  plugins: [DIR]
  --color     ROPEWALK_COLOR        color: never      (also NO_COLOR, CLICOLOR_FORCE)
              ROPEWALK_RECORD       record: false     (or --record, --no-record; of run, true by default)
              ROPEWALK_DURABILITY   durability: run   (run, batch or task: what the record of a run survives)
The params of FILE: --set, --set-file, the variable ROPEWALK_PARAM_NAME, their default.
The project's file is the nearest .ropewalk.yaml from here upwards, the user's ~/.config/ropewalk/config.yaml. The folders of
plugins that a project's file names are used when they are trusted: 'ropewalk trust --help'.
)";

constexpr const char* kTrusting =
    R"(A plugin runs with your rights. Plugins that ship, those of folders that you name (--plugins, ROPEWALK_PLUGIN_PATH, your own
file of settings) and those of a workflow that you run need no trust. Folders that a project's .ropewalk.yaml names do, because
the project may be somebody else's. Trust covers the folder with what comes into it later, and nothing above or below it.
The list is kept in ~/.local/state/ropewalk/trusted-folders. --trust of other commands uses all folders once.
)";

constexpr const char* kDoctor =
    R"(Exit codes: 0 all that a run needs works, 1 something of it does not: a program of Ropewalk is missing or of another version,
or a plugin that ships is refused. Other plugins that are refused, and limits that cannot be held, are reported only.
)";

constexpr const char* kNewPlugin =
    R"(The folder builds with CMake against the installed SDK, the package ropewalk-plugin-dev, and needs nothing but a compiler.
Nothing that exists is overwritten.
)";

constexpr const char* kInEditors =
    R"(Editors with the YAML language server complete and check a workflow that has the line
  # yaml-language-server: $schema=workflow.schema.json
)";

constexpr const char* kInShells =
    R"(In every shell:
  bash  source <(ropewalk completion bash)     in ~/.bashrc
  zsh   source <(ropewalk completion zsh)      in ~/.zshrc, behind compinit
  fish  a file in ~/.config/fish/completions, as below
)";

constexpr const char* kNaming =
    R"(RUN is the name of a run, the beginning of one name, 'latest', or the path of a record: a file run.db or its folder.
'ropewalk runs' lists the names. Reading a record changes nothing, even while its run goes on.
)";

constexpr const char* kReporting =
    R"(The file needs no network and no other file. It has the stages and where their time went, a timeline, histograms, failures,
the graph of stages and the setup. Keys in it: arrows move, + and - zoom, Home shows everything, N and P choose a task, Enter
opens it, / filters, Escape goes back. Of two runs, it also shows what 'ropewalk diff' finds. RUN is named as for 'ropewalk show'.

FILE.json is what 'ropewalk compare FILE --json' has printed; - is the same on standard input. Its report shows every run of each
mode, medians with their intervals, how many times faster each mode is, and what disturbed the measurement.
)";

constexpr const char* kTracing =
    R"(Open the file in https://ui.perfetto.dev or in chrome://tracing. It has a track for each worker with a span for each attempt,
an arrow from each streamed result to the task that consumes it, and in the process 'ropewalk' the run, its stages, warnings
and counters: tasks that run, succeeded and failed, and the cores that they kept busy.
)";

constexpr const char* kComparing =
    R"(Tasks that succeeded in both runs are paired by stage and index. 'task time' is the ratio of their times, after / before, as
a geometric mean, with its 95% interval (the paired t interval of logarithms). A stage is slower or faster if all of the
interval is more than 2% away from 1.00x; else there is no evidence of a change. The interval covers what varies from task to
task, and not what another load of the machine does to a run as a whole.
)";

constexpr const char* kKeeping =
    R"(A run is removed if it exceeds one of the three limits, counted from the newest run. A run that has not ended is never
removed while its engine lives. A record that cannot be read is left as it is.
)";

constexpr const char* kAgain =
    R"(The task runs once, in a process of its own, with its recorded parameters, index, environment and directory. Secret values
are not in the record: give them with --set-file. The run is not recorded.

With --gdb the process waits before the task until a debugger is attached. On a terminal gdb is started on it: set breakpoints,
then 'continue'. Otherwise the command that attaches gdb is printed, to be typed in another terminal. The task has no timeout.
)";

constexpr const char* kOfYourOwn =
    R"(A plugin of your own: sdk/README.md takes one from nothing to its unit tests in five minutes.
)";

}  // namespace

Grammar::Grammar() {
  app.set_help_flag("-h,--help", "this text");
  app.add_flag("--version", raw.version, "the version of ropewalk");
  app.require_subcommand(0, 1);
  app.allow_extras();
  app.footer(footer(kBeginning, {"ropewalk run workflows/checksum.yaml --set root=workflows",
                                 "ls workflows/*.yaml | ropewalk map shell.run --lines - -- wc -l {}"}));

  run = command(app, "run", "run a workflow and report where the time went",
                {"ropewalk run workflows/checksum.yaml --set root=workflows --executor thread",
                 "ropewalk run workflows/ten-sleeps.yaml -j 4 --json --events events.jsonl"},
                kStopping);
  run->add_option("FILE", raw.arguments, "the workflow; - is stdin; with --help also what can be set in it")
      ->type_name("");
  add_planning(*run, raw);
  add_stage(*run, raw);
  add_running(*run, raw);
  add_recording(*run, raw);
  add_common(*run, raw);

  CLI::App* resume = command(
      app, "resume", "continue a run: keep what has succeeded, run the rest",
      {"ropewalk run workflows/ten-sleeps.yaml --record && ropewalk resume",
       "ropewalk run workflows/ten-sleeps.yaml --record-dir records && ropewalk resume latest --record-dir records"},
      kResuming);
  resume->add_option("RUN", raw.arguments, "the run, as 'ropewalk runs' names it, or the path of its record; latest")
      ->type_name("");
  resume->add_flag("--failed", raw.only_failed, "run only what failed again, and what depends on it");
  add_planning(*resume, raw);
  add_stage(*resume, raw);
  add_running(*resume, raw);
  add_common(*resume, raw);

  CLI::App* map = command(app, "map", "run one task type over items and print the results in their order",
                          {"ls workflows/*.yaml | ropewalk map shell.run -j 4 --lines - -- wc -l {}",
                           "ropewalk map file.checksum --glob 'workflows/*.yaml' --with path={} --print line"},
                          kMapping);
  map->add_option("PLUGIN.TASK", raw.arguments, "the task type")->type_name("");
  add_mapping(*map, raw);
  add_planning(*map, raw);
  for (const char* option : {"--set", "--set-file"})
    map->get_option(option)->group("");  // not settable; a message explains what to do instead
  map->get_option("--jobs")->description("so many tasks at once; else as many as there are usable cores");
  add_running(*map, raw);
  add_recording(*map, raw);
  add_common(*map, raw);

  CLI::App* compare = command(app, "compare", "run a workflow on several executors, and report which is faster",
                              {"ropewalk compare workflows/checksum.yaml --set root=workflows --runs 2",
                               "ropewalk compare workflows/checksum.yaml --set root=workflows --executor serial,thread "
                               "--workers 1,2 --runs 2 --json"},
                              kComparingModes);
  compare->add_option("FILE", raw.arguments, "the workflow")->type_name("");
  add_settings(*compare, raw);
  add_repeatable(*compare, "--executor", raw.executors, "the executors; default: serial,thread,process", "E,...");
  compare->add_option("--workers", raw.workers, "tasks at once, each number is a mode; default: the usable cores")
      ->type_name("N,...");
  compare->add_option("--runs", raw.runs, "runs of each mode, beside one that warms up; default: 5")->type_name("N");
  add_stage(*compare, raw);
  compare->add_flag("--json", raw.json, "one JSON document on stdout");
  compare->add_option("--report", raw.report, "the comparison as one HTML file; - is stdout")->type_name("FILE");
  add_common(*compare, raw);

  CLI::App* validate = command(app, "validate", "check workflows and run nothing",
                               {"ropewalk validate workflows/checksum.yaml --set root=workflows",
                                "ropewalk validate --json workflows/pipeline.yaml workflows/words.yaml"});
  validate->add_option("FILE", raw.arguments, "the workflows")->type_name("");
  add_planning(*validate, raw);
  validate->add_flag("--json", raw.json, "one JSON document about all of them on stdout");
  add_common(*validate, raw);

  CLI::App* config =
      command(app, "config", "print the settings that are in force, and where they come from",
              {"ropewalk config --origin", "ropewalk config workflows/ten-sleeps.yaml -j 4 --origin"}, kSettings);
  config->add_option("FILE", raw.arguments, "of this workflow")->type_name("");
  config->add_flag("--origin", raw.origin, "where each of them comes from");
  config->add_flag("--json", raw.json, "one JSON document on stdout");
  add_planning(*config, raw);
  add_common(*config, raw);

  CLI::App* graph = command(
      app, "graph", "print the stages of a workflow, what each waits for, and why",
      {"ropewalk graph workflows/pipeline.yaml", "ropewalk graph workflows/compress.yaml --format dot > compress.dot"});
  graph->add_option("FILE", raw.arguments, "the workflow; - is stdin")->type_name("");
  graph->add_option("--format", raw.format, "text, dot (Graphviz), mermaid (Markdown) or json")->type_name("FORMAT");
  add_planning(*graph, raw);
  add_stage(*graph, raw);
  add_common(*graph, raw);

  CLI::App* explain = command(app, "explain", "explain the code of an error, with an example and its fix",
                              {"ropewalk explain W204", "ropewalk explain"});
  explain->add_option("CODE", raw.arguments, "such as W204; without it all codes are listed")->type_name("");

  CLI::App* schema = command(
      app, "schema", "print a JSON Schema of workflows and plugin parameters, for editors",
      {"ropewalk schema > workflow.schema.json", "ropewalk schema --plugins build/plugins > workflow.schema.json"},
      kInEditors);
  add_common(*schema, raw);

  CLI::App* completion = command(
      app, "completion", "print a script that completes commands, options, task types and stages in a shell",
      {"source <(ropewalk completion bash)",
       "mkdir -p ~/.config/fish/completions && ropewalk completion fish > ~/.config/fish/completions/ropewalk.fish"},
      kInShells);
  completion->add_option("SHELL", raw.arguments, "bash, zsh or fish")->type_name("");

  plugins = command(app, "plugins", "list, show or check plugins",
                    {"ropewalk plugins list", "ropewalk plugins show file"}, kOfYourOwn);
  plugins->require_subcommand(0, 1);
  CLI::App* list = command(*plugins, "list", "list the plugins that can be found",
                           {"ropewalk plugins list", "ropewalk plugins list --plugins build/plugins"});
  CLI::App* show = command(*plugins, "show", "print the task types of a plugin, their parameters and results",
                           {"ropewalk plugins show file", "ropewalk plugins show shell --plugins build/plugins"});
  show->add_option("NAME", raw.arguments, "the plugin")->type_name("");
  CLI::App* check =
      command(*plugins, "check", "run the task types of a plugin, and report its faults",
              {"ropewalk plugins check build/plugins/sim.so", "ropewalk plugins check build/plugins/file.so -v"});
  check->add_option("FILE", raw.arguments, "the plugin's file")->type_name("");
  for (CLI::App* each : {plugins, list, show, check}) add_common(*each, raw);

  CLI::App* trust =
      command(app, "trust", "allow the plugins of a folder that a project names; without DIR, list such folders",
              {"ropewalk trust build/plugins", "ropewalk trust --remove build/plugins"}, kTrusting);
  trust->add_option("DIR", raw.arguments, "the folders of plugins")->type_name("");
  trust->add_flag("--remove", raw.remove, "trust these folders no longer");
  trust->add_flag("-q,--quiet", raw.quiet, "print only what went wrong");

  CLI::App* doctor =
      command(app, "doctor", "check whether this installation works, and which limits this machine can hold",
              {"ropewalk doctor", "ropewalk doctor --json"}, kDoctor);
  doctor->add_flag("--json", raw.json, "one JSON document on stdout");
  add_common(*doctor, raw);

  make = command(app, "new", "create a plugin or a workflow to begin with",
                 {"ropewalk new plugin hello", "ropewalk new workflow checksums"});
  make->require_subcommand(0, 1);
  CLI::App* new_plugin =
      command(*make, "plugin", "create a folder with a plugin, its build, a test and an example workflow",
              {"ropewalk new plugin greeter", "ropewalk new plugin greetings --python"}, kNewPlugin);
  new_plugin->add_option("NAME", raw.arguments, "the plugin's name, and the folder's")->type_name("");
  CLI::Option* in_c = new_plugin->add_flag("--c", raw.c, "in C instead of C++");
  new_plugin->add_flag("--python", raw.python, "in Python instead of C++")->excludes(in_c);
  CLI::App* new_workflow = command(*make, "workflow", "create a file with a workflow that runs as it stands",
                                   {"ropewalk new workflow manifest", "ropewalk new workflow sums.yaml"});
  new_workflow->add_option("NAME", raw.arguments, "the file; .yaml is added where it is missing")->type_name("");
  for (CLI::App* each : {make, new_plugin, new_workflow})
    each->add_flag("-q,--quiet", raw.quiet, "print only what went wrong");

  CLI::App* runs =
      command(app, "runs", "list the recorded runs, newest first", {"ropewalk runs", "ropewalk runs --json"});
  runs->add_flag("--json", raw.json, "one JSON document on stdout");
  add_history(*runs, raw);

  CLI::App* show_run = command(app, "show", "print the summary of a recorded run, its results or its failures",
                               {"ropewalk show latest", "ropewalk show latest --results results.jsonl"}, kNaming);
  show_run->add_option("RUN", raw.arguments, "the run")->type_name("");
  show_run->add_flag("--json", raw.json, "the document of 'run --json'");
  show_run->add_option("--results", raw.results, "the file of 'run --results'; - is stdout")->type_name("FILE");
  add_reports(*show_run, raw);
  show_run->add_flag("--failures", raw.failures, "print every task that failed, with its evidence");
  show_run->add_option("--output", raw.task_output, "print what this task wrote, byte for byte")
      ->type_name("STAGE/INDEX");
  show_run->add_flag("-v,--verbose", raw.verbose, "print the ledger, and more of each failure");
  add_history(*show_run, raw);

  CLI::App* report = command(app, "report", "write a recorded run, or two, or a comparison as one HTML file",
                             {"ropewalk report latest", "ropewalk report latest latest -o both.html"}, kReporting);
  report
      ->add_option("RUN", raw.arguments,
                   "the run; a second one is shown beside it; or FILE.json, the output of 'compare --json'")
      ->type_name("");
  report->add_option("-o", raw.report, "the file; default RUN.html in the current folder; - is stdout")
      ->type_name("FILE");
  add_history(*report, raw);
  CLI::App* trace =
      command(app, "trace", "write the timeline of a recorded run for Perfetto",
              {"ropewalk trace latest -o trace.json", "ropewalk trace latest | gzip > trace.json.gz"}, kTracing);
  trace->add_option("RUN", raw.arguments, "the run")->type_name("");
  trace->add_option("-o,--output", raw.trace_file, "the file; default: stdout")->type_name("FILE");
  add_history(*trace, raw);

  CLI::App* why =
      command(app, "why", "explain a task: parameters, attempts, evidence, log, output, and why it ran again",
              {"ropewalk why latest hash/2", "ropewalk why latest hash/0 -v"}, kNaming);
  why->add_option("RUN", raw.arguments, "the run, then the task as STAGE/INDEX")->type_name("");
  add_history(*why, raw);
  add_settings(*why, raw);
  add_common(*why, raw);

  CLI::App* diff = command(app, "diff", "compare two runs: times and results",
                           {"ropewalk diff latest latest", "ropewalk diff latest latest -v"}, kComparing);
  diff->add_option("RUN", raw.arguments, "the earlier run, then the later one")->type_name("");
  diff->add_flag("-v,--verbose", raw.verbose, "list all tasks that differ");
  add_history(*diff, raw);

  CLI::App* clean =
      command(app, "clean", "remove old records",
              {"ropewalk clean --dry-run", "ropewalk clean --keep 3 --older 7d --max-size 100MB"}, kKeeping);
  clean->add_option("--keep", raw.keep, "the number of runs to keep; default 20")->type_name("N");
  clean->add_option("--older", raw.older, "remove runs that are older than this; default 30d")->type_name("DURATION");
  clean->add_option("--max-size", raw.max_size, "the disk space of all runs; default 1GB")->type_name("SIZE");
  clean->add_flag("--dry-run", raw.dry_run, "print what would be removed, and remove nothing");
  add_history(*clean, raw);

  CLI::App* repro = command(app, "repro", "run one recorded task again, alone",
                            {"ropewalk repro latest hash/2", "ropewalk repro latest hash/0 -v"}, kAgain);
  repro->add_option("RUN", raw.arguments, "the run, then the task as STAGE/INDEX")->type_name("");
  repro->add_flag("--gdb", raw.gdb, "attach gdb to the task's process before the task runs");
  add_history(*repro, raw);
  add_settings(*repro, raw);
  add_common(*repro, raw);

  help = command(app, "help", "print the help of a command, as its --help does",
                 {"ropewalk help map", "ropewalk help run workflows/checksum.yaml"});
  help->add_option("COMMAND", raw.arguments, "the command; after run also a workflow")->type_name("");

  entries = {{run, Command::run, "FILE [OPTIONS]", "a workflow file"},
             {resume, Command::resume, "[RUN] [OPTIONS]"},
             {map, Command::map, kMapOperands, "a task type, such as shell.run"},
             {compare, Command::compare, "FILE [OPTIONS]", "a workflow file"},
             {validate, Command::validate, "FILE... [OPTIONS]", "a workflow file", 1, kAnyNumber},
             {config, Command::config, "[FILE] [OPTIONS]"},
             {graph, Command::graph, "FILE [OPTIONS]", "a workflow file"},
             {explain, Command::explain, "[CODE] [OPTIONS]"},
             {schema, Command::schema, "[OPTIONS]"},
             {completion, Command::completion, "SHELL", "the name of a shell: bash, zsh or fish"},
             {plugins, Command::plugins_list, "[list | show NAME | check FILE] [OPTIONS]"},
             {list, Command::plugins_list, "[OPTIONS]"},
             {show, Command::plugins_show, "NAME [OPTIONS]", "the name of a plugin"},
             {check, Command::plugins_check, "FILE [OPTIONS]", "the file of a plugin"},
             {trust, Command::trust, "[DIR...] [OPTIONS]", nullptr, 1, kAnyNumber},
             {doctor, Command::doctor, "[OPTIONS]"},
             {make, Command::new_plugin, "plugin NAME | workflow NAME", "one of: plugin NAME, workflow NAME"},
             {new_plugin, Command::new_plugin, "NAME [OPTIONS]", "the name of the new plugin"},
             {new_workflow, Command::new_workflow, "NAME [OPTIONS]", "the name of the new workflow"},
             {runs, Command::runs, "[OPTIONS]"},
             {show_run, Command::show, "RUN [OPTIONS]", "a run, such as latest"},
             {report, Command::report, "RUN [RUN] [OPTIONS]", "a run, such as latest", 1, 2},
             {trace, Command::trace, "RUN [-o FILE] [OPTIONS]", "a run, such as latest"},
             {why, Command::why, "RUN STAGE/INDEX [OPTIONS]", "a run and a task, such as latest hash/17", 2},
             {diff, Command::diff, "RUN RUN [OPTIONS]", "two runs", 2},
             {clean, Command::clean, "[OPTIONS]"},
             {repro, Command::repro, "RUN STAGE/INDEX [OPTIONS]", "a run and a task, such as latest hash/17", 2},
             {help, Command::help, "[COMMAND]", nullptr, 1, kAnyNumber}};
}

const Entry* Grammar::entry_of(const CLI::App& chosen) const {
  for (const Entry& entry : entries)
    if (entry.app == &chosen) return &entry;
  return nullptr;
}

CLI::App* Grammar::chosen() {
  CLI::App* deepest = &app;
  while (!deepest->get_subcommands().empty()) deepest = deepest->get_subcommands().front();
  return deepest;
}

CLI::App* Grammar::named(std::vector<std::string>& words) {
  CLI::App* deepest = &app;
  while (!words.empty()) {
    const std::vector<CLI::App*> found =
        deepest->get_subcommands([&](const CLI::App* each) { return each->get_name() == words.front(); });
    if (found.empty()) break;
    deepest = found.front();
    words.erase(words.begin());
  }
  return deepest;
}

std::string path_of(const CLI::App& app) {
  return app.get_parent() == nullptr ? "ropewalk" : path_of(*app.get_parent()) + " " + app.get_name();
}

std::string help_of(CLI::App& app, const Grammar& grammar) {
  const Entry* entry = grammar.entry_of(app);
  if (&app == grammar.run) app.footer(language_help() + "\n" + app.get_footer());
  std::string text = app.help();
  // Operands are read as lists, so that superfluous ones get a message of ours.
  const std::size_t dots = text.find(" ...", text.find("Positionals:"));
  if (!(entry && entry->most > entry->wanted) && dots < text.find("Options:")) text.replace(dots, 4, "    ");
  const std::size_t start = text.find("Usage: ");
  if (start == std::string::npos) return text;
  return text.replace(start, text.find('\n', start) - start,
                      fmt::format("\nUsage: {} {}", path_of(app), entry ? entry->operands : "COMMAND ..."));
}

}  // namespace ropewalk::cli
