#include <ropewalk/history.hpp>

#include "base/text.hpp"
#include "record/run_name.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace ropewalk {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kNsPerUnixSecond = 1'000'000'000;

bool is_path(std::string_view word) {
  return word.find('/') != word.npos || word.ends_with(".db") || word == "." || word == "..";
}

/// When a folder was made, in nanoseconds; 0: the file system does not know.
std::int64_t made_ns(const fs::path& folder) {
  struct statx about {};
  if (::statx(AT_FDCWD, folder.c_str(), AT_SYMLINK_NOFOLLOW, STATX_BTIME, &about) != 0) return 0;
  if ((about.stx_mask & STATX_BTIME) == 0) return 0;
  return std::int64_t{about.stx_btime.tv_sec} * kNsPerUnixSecond + about.stx_btime.tv_nsec;
}

/// An id begins with its second. Only within one it matters when the folder was made: a copy is made later.
void sort_newest_first(std::vector<RunFolder>& folders) {
  std::vector<std::pair<std::int64_t, RunFolder>> all;
  for (RunFolder& each : folders) all.emplace_back(0, std::move(each));
  const auto second = [](const auto& each) {
    return std::string_view(each.second.label.id).substr(0, record::kSecondLength);
  };
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.second.label.id > b.second.label.id; });
  for (auto from = all.begin(); from != all.end();) {
    const auto to = std::find_if(from, all.end(), [&](const auto& each) { return second(each) != second(*from); });
    if (to - from > 1) {
      for (auto each = from; each != to; ++each) each->first = made_ns(each->second.path);
      std::stable_sort(from, to, [](const auto& a, const auto& b) { return a.first > b.first; });
    }
    from = to;
  }
  folders.clear();
  for (auto& [made, folder] : all) folders.push_back(std::move(folder));
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
  sort_newest_first(all);
  return all;
}

Result<std::unique_ptr<Record>> open_run(const fs::path& root, std::string_view word) {
  if (is_path(word)) return open_record(fs::path(word));
  const auto folders = run_folders(root);
  if (!folders) return folders.error();
  std::vector<RunLabel> labels;
  for (const RunFolder& folder : *folders) labels.push_back(folder.label);
  const auto found = find_run(word, labels);
  if (found) return open_record((*folders)[*found].path);
  std::error_code none;  // a folder that was copied here
  return fs::exists(fs::path(word) / "run.db", none) ? open_record(fs::absolute(word, none)) : found.error();
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
    out.wall_s +=
        static_cast<double>(session.wall_ns.value_or(session.seen_ns)) / static_cast<double>(kNsPerUnixSecond);
  }
  return out;
}

}  // namespace ropewalk
