#include "report_files.hpp"

#include <fmt/format.h>

#include <utility>

namespace ropewalk::cli {

Result<std::unique_ptr<ReportFiles>> ReportFiles::open(const Options& options, JoblogJobOf job_of) {
  std::unique_ptr<ReportFiles> files(new ReportFiles());
  Errors errors;
  const auto take = [&](std::unique_ptr<OutputFile>& into, const std::string& path, const char* option) {
    if (path.empty()) return;
    auto opened = OutputFile::open(path, OutputFile::Kind::document, option);
    if (opened)
      into = std::move(*opened);
    else
      errors.list.push_back(opened.error().list.front());
  };
  take(files->junit_file_, options.junit, "--junit");
  take(files->joblog_file_, options.joblog, "--joblog");
  take(files->metrics_file_, options.metrics, "--metrics");
  if (!errors.list.empty()) return errors;
  if (files->junit_file_) files->junit_ = make_junit_report();
  if (files->joblog_file_) files->joblog_ = make_joblog_report(std::move(job_of));
  if (files->metrics_file_) {
    files->metrics_ = make_metrics_report();
    files->live_metrics_.emplace(*files->metrics_, options.metrics);
  }
  return files;
}

void ReportFiles::add_to(ObserverList& listeners) {
  if (junit_) listeners.add(*junit_);
  if (joblog_) listeners.add(*joblog_);
  if (!live_metrics_) return;
  listeners.add(*metrics_);
  listeners.add(*live_metrics_);
}

std::vector<std::string> ReportFiles::finish(std::string_view state, std::int64_t seen_ns) {
  std::vector<std::string> problems;
  const auto finish_file = [&](OutputFile& file, const char* option, const std::string& problem) {
    // A file that lacks something must not be taken for the whole.
    std::string why = problem.empty() ? file.commit() : fmt::format("{}: {}", option, problem);
    if (!why.empty()) problems.push_back(std::move(why));
  };
  if (junit_file_) {
    junit_->write(*junit_file_, state);
    finish_file(*junit_file_, "--junit", junit_->problem());
  }
  if (joblog_) {
    joblog_->write(*joblog_file_);
    finish_file(*joblog_file_, "--joblog", joblog_->problem());
  }
  if (live_metrics_) {
    live_metrics_->stop();
    metrics_file_->write(metrics_->text(seen_ns, state));
    finish_file(*metrics_file_, "--metrics", {});
  }
  return problems;
}

}  // namespace ropewalk::cli
