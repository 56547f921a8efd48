#pragma once
// `--results-dir` of map: a file for what would be printed of each task. On the run's thread. Borrows nothing.

#include <ropewalk/error.hpp>
#include <ropewalk/events.hpp>
#include <ropewalk/report_observers.hpp>

#include <memory>
#include <string>

namespace ropewalk::cli {

/// Writes DIR/INDEX for each task that succeeded, when it has. Without a field the file has all fields as a line of
/// JSON. Needs RunOptions::report_results.
class ResultFiles final : public Observer {
 public:
  /// Makes the folder. `style`: its field.
  static Result<std::unique_ptr<ResultFiles>> open(const std::string& folder, const ResultReportStyle& style);

  void task_result(std::int64_t, std::uint32_t stage, std::uint64_t index, const Value& fields) override;

  /// Why a file could not be written, of the first one; empty: all were.
  const std::string& problem() const { return problem_; }

 private:
  ResultFiles(std::string folder, ResultReportStyle style) : folder_(std::move(folder)), style_(std::move(style)) {}

  const std::string folder_;
  const ResultReportStyle style_;
  std::string problem_;
};

}  // namespace ropewalk::cli
