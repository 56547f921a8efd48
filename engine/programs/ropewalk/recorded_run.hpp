#pragma once
// What the commands on recorded runs share: the run that was named, and the commands that continue from it.

#include "options.hpp"

#include <ropewalk/error.hpp>
#include <ropewalk/record.hpp>
#include <ropewalk/run_result.hpp>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace ropewalk::cli {

/// The record of the run that the operand at this place names.
Result<std::unique_ptr<Record>> named_run(const Options& options, std::size_t operand = 0);

/// `why` of the first failure, and `resume` of a run that has not succeeded, as a shell takes them: with the folders
/// and the files of secrets that this command was given. `run`: as it is named on the command line.
std::vector<std::string> next_commands(const RunResult& result, const std::string& run, const Options& options,
                                       const std::set<std::string, std::less<>>& secret_params = {});

/// "run quiet-otter of photos (photos.yaml), started 2026-11-29 12:03:11", and what else is to be known of it first.
std::string headline(const RecordedRun& run);

}  // namespace ropewalk::cli
