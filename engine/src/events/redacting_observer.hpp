#pragma once
// Redacts the events of a run that has secrets. It sits between the run and all observers, so a report never sees a
// secret and cannot forget to hide one. Data that tasks pass to each other does not pass through it.

#include <ropewalk/events.hpp>
#include <ropewalk/kept_output.hpp>
#include <ropewalk/redaction.hpp>
#include <ropewalk/run_result.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk {

/// Forwards every event with its secrets hidden. Overrides every event; a test compares the list with events.hpp.
/// Output of tasks and hosts arrives in pieces. The end of a piece that may be the start of a secret is held until the
/// next piece, or until the end of its task or stage.
class RedactingObserver final : public Observer {
 public:
  /// Borrows both.
  RedactingObserver(const Redaction& redaction, Observer& observer)
      : redaction_(redaction), observer_(observer), items_(redaction) {}

  void run_started(std::int64_t, const RunStarted&) override;
  void stage_started(std::int64_t t, const StageStarted& e) override { observer_.stage_started(t, e); }
  void stage_listed(std::int64_t t, const StageListed& e) override { observer_.stage_listed(t, e); }
  void tasks_started(std::int64_t t, std::uint32_t s, std::span<const TaskStarted> e) override {
    observer_.tasks_started(t, s, e);
  }
  void tasks_finished(std::int64_t, std::uint32_t stage, std::span<const TaskFinished>) override;
  void task_result(std::int64_t, std::uint32_t stage, std::uint64_t index, const Value& fields) override;
  void task_slow(std::int64_t t, std::uint32_t s, const TaskSlow& e) override { observer_.task_slow(t, s, e); }
  void task_progress(std::int64_t, std::uint32_t stage, const TaskProgress&) override;
  void tasks_running(std::int64_t t, std::uint32_t s, std::span<const TaskRunning> e) override {
    observer_.tasks_running(t, s, e);
  }
  void tasks_waiting(std::int64_t t, std::uint32_t s, const TasksWaiting& e) override {
    observer_.tasks_waiting(t, s, e);
  }
  void task_said(std::int64_t, std::uint32_t stage, const TaskSaid&) override;
  void task_output(std::int64_t, std::uint32_t stage, const TaskOutput&) override;
  void host_output(std::int64_t, const HostOutput&) override;
  void host_started(std::int64_t t, const HostStarted& e) override { observer_.host_started(t, e); }
  void host_ended(std::int64_t, const HostEnded&) override;
  void stage_finished(std::int64_t, const StageFinished&) override;
  void run_finished(std::int64_t, const RunFinished&) override;
  void warning(std::int64_t, const Warning&) override;
  void tick(std::int64_t t) override { observer_.tick(t); }

 private:
  class Items final : public TaskItems {
   public:
    explicit Items(const Redaction& redaction) : redaction_(redaction) {}
    std::optional<Value> item_of(std::uint32_t stage, std::uint64_t index) const override;
    const TaskItems* all = nullptr;

   private:
    const Redaction& redaction_;
  };
  /// One stream of one task or of a host.
  struct Writer {
    std::uint32_t stage;
    std::uint64_t index;  // index of the task; pid of a host
    OutputStream stream;
    bool is_host;
    auto operator<=>(const Writer&) const = default;
  };
  struct Held {
    std::uint32_t attempt = 0;
    std::string text;
  };

  std::string decided(const Writer& writer, std::uint32_t attempt, std::string_view text);
  void finish_output(std::int64_t t_ns, std::uint32_t stage, std::uint64_t index);
  void finish_all(std::int64_t t_ns, std::optional<std::uint32_t> stage);
  void finish(std::int64_t t_ns, const Writer& writer, const Held& held);

  const Redaction& redaction_;
  Observer& observer_;
  Items items_;
  std::map<Writer, Held> held_;  // the undecided end of the output so far
};

/// Returns the kept output of a task with its secrets hidden, in the order of arrival.
KeptOutput hidden(const Redaction& redaction, const KeptOutput& output);
KeptStream hidden(const Redaction& redaction, const KeptStream& stream);

/// The rows of a run with their secrets hidden.
class RedactedResults final : public KeptResults {
 public:
  RedactedResults(std::shared_ptr<const KeptResults> results, std::shared_ptr<const Redaction> redaction)
      : results_(std::move(results)), redaction_(std::move(redaction)) {}
  void visit(std::uint32_t stage, const std::function<void(const Row&)>& visit) const override;

 private:
  const std::shared_ptr<const KeptResults> results_;
  const std::shared_ptr<const Redaction> redaction_;  // outlives the plan
};

}  // namespace ropewalk
