#pragma once
// The recorded runs of a folder: list them, find the one that a person means, and remove one. Except for removing, only
// reads. Any thread.

#include <ropewalk/error.hpp>
#include <ropewalk/record.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// The two names of a run.
struct RunLabel {
  std::string name;  ///< for people: "brave-otter"
  std::string id;    ///< as in RunResult::run_id: "20261129-120300-brave-otter"
};

/// The word for the newest run, whatever its name.
inline constexpr std::string_view kLatest = "latest";

/// Returns the place in `newest_first` of the run that `word` means: `latest`, a name, an id, or the beginning of one
/// run's name or id. A whole name wins over beginnings. Errors: C116 no such run, with the nearest name; C117 several
/// runs begin so.
Result<std::size_t> find_run(std::string_view word, std::span<const RunLabel> newest_first);

/// A run by its folder alone; its record is not open.
struct RunFolder {
  RunLabel label;              ///< from the name of the folder
  std::filesystem::path path;  ///< of the folder: what open_record() takes
};

/// Returns the folders below `root`/runs that have the name of a run, newest first. `root` is RecordOptions::folder.
/// Runs that began in one second are in the order in which their folders were made, if the file system knows that.
/// Empty if there is no such folder. Error R301: it cannot be read.
Result<std::vector<RunFolder>> run_folders(const std::filesystem::path& root);

/// Opens the record of the run that `word` means: the path of a run.db or of its folder, which has a '/' or ends with
/// ".db", or the name of a run below `root` as find_run() takes it, or else of a folder here that has a run.db. Errors:
/// those of find_run() and of open_record().
Result<std::unique_ptr<Record>> open_run(const std::filesystem::path& root, std::string_view word);

/// Removes a recorded run from disk. No half of it is ever found under its name, even if the program is killed
/// meanwhile. Errors: R305 names the process that works on the run; R306 the folder cannot be locked or removed.
Result<void> remove_run(const std::filesystem::path& folder);

/// Removes what a killed remove_run() has left below `root`/runs. Reports nothing; the next call tries again.
void remove_leftovers(const std::filesystem::path& root);

/// Returns "running", "killed" (its engine ended without a last word), "broken" (the run itself failed), or the name of
/// its outcome. Static text.
std::string_view run_state(const RecordedRun& run);

/// What a list shows of a run.
struct RunOverview {
  std::string state;                   ///< as run_state()
  std::int64_t started_unix_ns = 0;    ///< of its first session
  std::optional<std::uint64_t> tasks;  ///< of all stages; empty: not known yet
  double wall_s = 0;                   ///< of all its sessions together, of those without an end up to the last event
};
/// Reads no task, so it is quick.
RunOverview overview(const Record& record);

/// A task of a recorded run.
struct TaskPlace {
  std::uint32_t stage = 0;  ///< its place in Record::stages()
  std::uint64_t index = 0;  ///< of the task in its stage, from 0
};

/// Returns the task that `word` means, "STAGE/INDEX", as messages name it. Errors: C104 `word` is not of this form;
/// C118 the run has no such stage, with the nearest name, or no such index.
Result<TaskPlace> find_task(std::string_view word, const std::vector<RecordedStage>& stages);

}  // namespace ropewalk
