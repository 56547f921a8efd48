#include "report/live_failures.hpp"

#include "base/style.hpp"
#include "base/text.hpp"
#include "report/numbers.hpp"
#include "report/summary.hpp"
#include "values/shown_value.hpp"

#include <fmt/format.h>

#include <memory>
#include <algorithm>

namespace ropewalk {
namespace {

constexpr std::uint64_t kPrinted = 20;
constexpr std::int64_t kCountNs = 10'000'000'000;

/// The lines of a message stay lines in an annotation.
std::string escaped_lines(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (at > 0) out += '\n';
    out += escape_for_display(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

std::string annotation_text(const Failure& failure) {
  Failure without = failure;
  without.message.clear();
  return failure_line(without) + (failure.message.empty() ? "" : ": " + escaped_lines(failure.message));
}

}  // namespace

void LiveFailures::run_started(std::int64_t, const RunStarted& event) { items_ = event.items; }

void LiveFailures::stage_started(std::int64_t, const StageStarted& event) {
  if (stages_.size() <= event.stage) stages_.resize(event.stage + 1);
  stages_[event.stage] = event.name;
}

void LiveFailures::tasks_finished(std::int64_t, std::uint32_t stage, std::span<const TaskFinished> tasks) {
  for (const TaskFinished& task : tasks)
    if (task.last && is_failure(task.outcome)) task_failed(stage, task);
}

void LiveFailures::task_failed(std::uint32_t stage, const TaskFinished& task) {
  if (printed_ >= kPrinted) {
    ++more_;
    return;
  }
  ++printed_;
  const Failure failure{.stage = stage < stages_.size() ? stages_[stage] : std::string(),
                        .index = task.index,
                        .attempt = task.attempt,
                        .outcome = task.outcome,
                        .detail = task.detail,
                        .message = std::string(task.message),
                        .item = shown(items_ ? items_->item_of(stage, task.index) : std::nullopt)};
  print(stage, failure_line(failure), style_.annotate ? annotation_text(failure) : std::string());
}

void LiveFailures::print(std::uint32_t stage, const std::string& line, const std::string& annotation) {
  if (style_.lines) view_.message(style_.color ? fmt::format("{}{}{}", style::kRed, line, style::kPlain) : line);
  if (style_.annotate)
    view_.message(github_error(stage < style_.places.size() ? style_.places[stage] : AnnotatedPlace(), annotation));
}

void LiveFailures::stage_finished(std::int64_t, const StageFinished& event) {
  if (!failed_by_itself(event.outcome, event.counts, event.why)) return;
  const std::string start = fmt::format("stage '{}' failed: ", event.name);
  print(event.stage, start + escape_for_display(event.why), start + escaped_lines(event.why));
}

void LiveFailures::print_count() {
  if (more_ == counted_) return;
  if (style_.lines)
    view_.message(
        fmt::format("{} failed, {} in all", counted(more_ - counted_, "more task"), grouped(printed_ + more_)));
  counted_ = more_;
}

void LiveFailures::tick(std::int64_t t_ns) {
  if (t_ns - counted_ns_ < kCountNs) return;
  if (more_ != counted_) counted_ns_ = t_ns;
  print_count();
}

void LiveFailures::run_finished(std::int64_t, const RunFinished&) {
  print_count();
  items_ = nullptr;
}

std::unique_ptr<Observer> make_failure_report(ProgressView& view, FailureReportStyle style) {
  return std::make_unique<LiveFailures>(view, std::move(style));
}

}  // namespace ropewalk
