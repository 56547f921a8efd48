#include "commands.hpp"
#include "tables.hpp"

#include "report/time_text.hpp"
#include "report/numbers.hpp"

#include <ropewalk/history.hpp>
#include <ropewalk/report.hpp>
#include <ropewalk/value.hpp>
#include <ropewalk/version.hpp>

#include <fmt/format.h>

namespace ropewalk::cli {
namespace {

std::string state_text(const RecordedRun& run, const RunOverview& about) {
  return run.live_pid > 0 ? fmt::format("running, process {}", run.live_pid) : about.state;
}

Row row_of(const RecordedRun& run, const RunOverview& about) {
  return {run.name,
          run.workflow,
          local_time_text(about.started_unix_ns),
          state_text(run, about),
          about.tasks ? grouped(*about.tasks) : "-",
          duration_text(about.wall_s)};
}

void append_run(std::string& out, const RecordedRun& run, const RunOverview& about) {
  out += out.empty() ? "{" : ", {";
  const auto text = [&](std::string_view name, std::string_view value) {
    fmt::format_to(std::back_inserter(out), "\"{}\": ", name);
    append_json_string(out, value);
    out += ", ";
  };
  text("name", run.name);
  text("run", run.id);
  text("workflow", run.workflow);
  text("started", utc_time_text(about.started_unix_ns));
  text("state", about.state);
  if (run.live_pid > 0) fmt::format_to(std::back_inserter(out), "\"pid\": {}, ", run.live_pid);
  if (about.tasks) fmt::format_to(std::back_inserter(out), "\"tasks\": {}, ", *about.tasks);
  append_json_rounded(out += "\"wall_s\": ", about.wall_s, 7);
  out += ", ";
  out += "\"folder\": ";
  append_json_string(out, run.folder.string());
  out += '}';
}

}  // namespace

int runs(const Options& options, Screen& screen) {
  const auto folders = run_folders(options.record_folder);
  if (!folders) return refuse(folders.error(), screen);
  std::vector<Row> rows{{"run", "workflow", "started", "outcome", "tasks", "wall"}};
  std::string json, problems;
  for (const RunFolder& folder : *folders) {
    const auto record = open_record(folder.path);
    if (!record) {
      for (const Error& error : record.error().list)
        append_diagnostic(problems, error, Severity::warning, screen.color());
      continue;
    }
    const RunOverview about = overview(**record);
    if (options.json)
      append_run(json, (*record)->run(), about);
    else
      rows.push_back(row_of((*record)->run(), about));
  }
  screen.say(problems);
  std::string text;
  if (options.json)
    text = fmt::format("{{\"schema\": 1, \"ropewalk\": \"{}\", \"runs\": [{}]}}\n", program_version(), json);
  else if (rows.size() > 1)
    append_rows(text, std::move(rows), "");
  else if (problems.empty())
    screen.say("ropewalk: no run is recorded here; 'ropewalk run FILE' records one\n");
  return print(text, screen) ? 0 : kOutputFailed;
}

}  // namespace ropewalk::cli
