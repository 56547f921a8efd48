#pragma once
// Where and how safely a run is recorded. Plain values.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// What the record of a run survives. A killed process loses nothing that was written in any of them.
enum class Durability : std::uint8_t {
  run,    ///< loss of power after the run: synced to disk at its end
  batch,  ///< loss of power 50 ms after a task has ended
  task,   ///< loss of power at any time: the run goes on after the disk has each result
};
/// Returns "run", "batch" or "task", as static text.
std::string_view durability_name(Durability durability);

/// Where a run is recorded, and what is kept of an old one.
struct RecordOptions {
  /// The record is made in FOLDER/runs/ID/. The folder is made if it is not there.
  std::filesystem::path folder = ".ropewalk";
  Durability durability = Durability::batch;  ///< what the record survives
  /// The folder of an old run to continue, instead of a new run below `folder`. Tasks that have succeeded there with
  /// the same plugin, task type and parameters are kept and not run again.
  std::filesystem::path resume = {};
  /// Of a resume: run again only what failed, what was skipped because of that, and what reads results of either. What
  /// had not ended stays so, and what has succeeded is kept even if its plugin or parameters have changed.
  bool only_failed = false;
  /// The words of the command that starts the run, for readers of the record; empty: none. Secrets in them are hidden.
  std::vector<std::string> command = {};
};

}  // namespace ropewalk
