#pragma once
// The output of `ropewalk map`: the results of the run's single stage, in the order of their items, each as soon as all
// tasks before it have ended; or each as it arrives. Tasks that did not succeed are skipped.

#include "base/spool.hpp"

#include <ropewalk/events.hpp>
#include <ropewalk/report_observers.hpp>
#include <ropewalk/sink.hpp>
#include <ropewalk/value.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace ropewalk {

/// Needs RunOptions::report_results. Writes on the run's thread: a slow reader makes the run wait, so unread results do
/// not accumulate. Results that arrive before their turn are kept in a spool, plus 64 bytes per task.
class ResultPrinter final : public ResultReport {
 public:
  using Style = ResultReportStyle;
  /// Borrows the sink. `stuck` is called once, on the run's thread, when nothing more can be written or kept.
  ResultPrinter(Sink& sink, Style style, std::function<void()> stuck);

  void run_started(std::int64_t, const RunStarted& event) override { items_ = event.items; }
  void task_result(std::int64_t, std::uint32_t stage, std::uint64_t index, const Value& fields) override;
  void tasks_finished(std::int64_t, std::uint32_t stage, std::span<const TaskFinished>) override;

  const std::string& problem() const override { return problem_; }

 private:
  struct Held {
    std::uint64_t offset, size;  // in the spool
  };

  void append(std::string& out, std::uint32_t stage, std::uint64_t index, const Value& fields,
              const TakeJson& take) const;
  void append_untagged(std::string& out, const Value& fields, const TakeJson& take) const;
  void keep(std::uint32_t stage, std::uint64_t index, const Value& fields);
  void pass(std::uint64_t index);
  void release();
  void flush();
  void give_up(std::string problem);

  Sink& sink_;
  const Style style_;
  const std::function<void()> stuck_;
  const TaskItems* items_ = nullptr;
  std::uint64_t next_ = 0;              // index of the next result to write
  std::map<std::uint64_t, Held> held_;  // by index: results that arrived before their turn
  Spool spool_;
  std::string ready_, text_;  // text to write; scratch
  std::string problem_;
  bool given_up_ = false;
};

}  // namespace ropewalk
