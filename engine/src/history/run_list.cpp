#include "history/run_list.hpp"

#include "base/text.hpp"
#include "record/run_name.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace ropewalk {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kNsPerUnixSecond = 1'000'000'000;

bool is_path(std::string_view word) {
  return word.find('/') != word.npos || word.ends_with(".db") || word == "." || word == "..";
}

}  // namespace

Result<std::vector<RunFolder>> run_folders(const fs::path& root) {
  std::vector<RunFolder> all;
  std::error_code error;
  for (fs::directory_iterator entry(root / "runs", error), end; !error && entry != end; entry.increment(error)) {
    const std::string id = entry->path().filename().string();
    const std::string name(record::name_in(id));
    if (!name.empty()) all.push_back({{name, id}, entry->path()});
  }
  if (error && error != std::errc::no_such_file_or_directory)
    return Errors(Error{codes::kNoRecord,
                        fmt::format("cannot read the folder of records '{}': {}",
                                    escape_for_display((root / "runs").string()), error.message()),
                        {},
                        {"allow this user to read it, or name another folder of records"}});
  // An id begins with its time.
  std::sort(all.begin(), all.end(), [](const RunFolder& a, const RunFolder& b) { return a.label.id > b.label.id; });
  return all;
}

Result<std::unique_ptr<Record>> open_run(const fs::path& root, std::string_view word) {
  if (is_path(word)) return open_record(fs::path(word));
  const auto folders = run_folders(root);
  if (!folders) return folders.error();
  std::vector<RunLabel> labels;
  for (const RunFolder& folder : *folders) labels.push_back(folder.label);
  const auto found = find_run(word, labels);
  if (!found) return found.error();
  return open_record((*folders)[*found].path);
}

std::string_view run_state(const RecordedRun& run) {
  if (run.live()) return "running";
  if (run.sessions.empty() || !run.sessions.back().outcome) return "killed";
  return run.sessions.back().broken ? "broken" : outcome_name(*run.sessions.back().outcome);
}

RunOverview overview(const Record& record) {
  const RecordedRun& run = record.run();
  RunOverview out{.state = std::string(run_state(run)),
                  .started_unix_ns = run.sessions.empty() ? 0 : run.sessions.front().started_unix_ns,
                  .tasks = 0,
                  .wall_s = 0};
  for (const RecordedStage& stage : record.stages()) {
    if (!stage.tasks && !stage.outcome) out.tasks.reset();
    if (out.tasks) *out.tasks += stage.tasks.value_or(0);
  }
  for (const RecordedSession& session : run.sessions) {
    if (!session.wall_ns) out.wall_s.reset();
    if (out.wall_s) *out.wall_s += static_cast<double>(*session.wall_ns) / static_cast<double>(kNsPerUnixSecond);
  }
  return out;
}

}  // namespace ropewalk
