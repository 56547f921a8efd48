#pragma once
// The recorded runs of a folder. Only reads; any thread.

#include "history/run_lookup.hpp"

#include <ropewalk/error.hpp>
#include <ropewalk/record.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// A run by its folder alone; its record was not opened.
struct RunFolder {
  RunLabel label;
  std::filesystem::path path;
};

/// The folders below `root`/runs that have the name of a run, newest first. Runs that began in one second are in the
/// order in which their folders were made, if the file system knows that. Empty if there is no such folder. Error
/// R301: it cannot be read.
Result<std::vector<RunFolder>> run_folders(const std::filesystem::path& root);

/// Opens the record of the run that `word` means: the path of a run.db or of its folder, which has a '/' or ends with
/// ".db", or the name of a run below `root` as find_run() takes it, or else of a folder here that has a run.db. Errors:
/// those of find_run() and of open_record().
Result<std::unique_ptr<Record>> open_run(const std::filesystem::path& root, std::string_view word);

/// "running", "killed" (its engine ended without a last word), "broken" (the run itself failed), or its outcome.
std::string_view run_state(const RecordedRun& run);

/// What a list shows of a run.
struct RunOverview {
  std::string state;  ///< of run_state()
  std::int64_t started_unix_ns = 0;
  std::optional<std::uint64_t> tasks;  ///< empty: not known yet
  double wall_s = 0;                   ///< of all its sessions together, of those without an end up to the last event
};
RunOverview overview(const Record& record);

}  // namespace ropewalk
