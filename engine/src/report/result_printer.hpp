#pragma once
// What `ropewalk map` writes: the results of the tasks of a run's one stage in the order of their items, each as soon as
// all before it have ended. Tasks that did not succeed have none.

#include "base/spool.hpp"
#include "report/sink.hpp"

#include <ropewalk/events.hpp>
#include <ropewalk/value.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace ropewalk {

/// Needs RunOptions::report_results. Writes on the run's thread: a slow reader makes the run wait, so that what was not
/// read yet does not pile up. What ends before its turn is kept in a spool, beside 64 bytes a task.
class ResultPrinter final : public Observer {
 public:
  struct Style {
    std::string field = {};  ///< written as it is; empty: all fields as a line of JSON
    bool verbatim = false;   ///< nothing is added to the field; else a newline where it does not end with one
  };
  /// Borrows the sink. `stuck` is called once, on the run's thread, when nothing more can be written or kept.
  ResultPrinter(Sink& sink, Style style, std::function<void()> stuck);

  void task_result(std::int64_t, std::uint32_t stage, std::uint64_t index, const Value& fields) override;
  void tasks_finished(std::int64_t, std::uint32_t stage, std::span<const TaskFinished>) override;

  /// Why a result could not be kept until its turn; empty: none was lost in that way.
  const std::string& problem() const { return problem_; }

 private:
  struct Held {
    std::uint64_t offset, size;  // in the spool
  };

  void append(std::string& out, const Value& fields, const TakeJson& take) const;
  void keep(std::uint64_t index, const Value& fields);
  void pass(std::uint64_t index);
  void release();
  void flush();
  void give_up(std::string problem);

  Sink& sink_;
  const Style style_;
  const std::function<void()> stuck_;
  std::uint64_t next_ = 0;              // the index whose turn it is
  std::map<std::uint64_t, Held> held_;  // by index: what ended before its turn
  Spool spool_;
  std::string ready_, text_;            // to be written; scratch
  std::string problem_;
  bool given_up_ = false;
};

}  // namespace ropewalk
