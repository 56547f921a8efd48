#include "result_files.hpp"

#include "base/text.hpp"
#include "output_file.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <utility>

namespace ropewalk::cli {

Result<std::unique_ptr<ResultFiles>> ResultFiles::open(const std::string& folder, const ResultReportStyle& style) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed || !std::filesystem::is_directory(folder, failed))
    return Error{codes::kCannotWriteOutput,
                 fmt::format("--results-dir: cannot make the folder '{}': {}", escape_for_display(folder),
                             failed ? failed.message() : "it is no folder"),
                 {},
                 {"name a folder that can be made, or one that exists"}};
  return std::unique_ptr<ResultFiles>(new ResultFiles(folder, {.field = style.field, .verbatim = style.verbatim}));
}

void ResultFiles::task_result(std::int64_t t_ns, std::uint32_t stage, std::uint64_t index, const Value& fields) {
  if (!problem_.empty()) return;
  auto file = OutputFile::open(fmt::format("{}/{}", folder_, index), OutputFile::Kind::document, "--results-dir");
  if (!file) return problem_ = file.error().list.front().message, void();
  ResultReportStyle style = style_;
  style.as_completed = true;
  const auto report = make_result_report(**file, std::move(style), [] {});
  report->task_result(t_ns, stage, index, fields);
  report->tasks_finished(t_ns, stage, {});
  problem_ = (*file)->commit();
}

}  // namespace ropewalk::cli
