#pragma once
// A record made by hand in a folder of its own: the events of a run without a run.

#include "record/record_writer.hpp"
#include "record/schema.hpp"
#include "support/scratch.hpp"

#include <ropewalk/record.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace ropewalk::test {

/// Items "line 0", "line 1", ... of stage 0; 0, 1, ... of stage 1.
struct Lines final : TaskItems {
  std::optional<Value> item_of(std::uint32_t stage, std::uint64_t index) const override {
    if (stage == 1) return Value(static_cast<std::int64_t>(index));
    return Value("line " + std::to_string(index));
  }
};

/// The session of a workflow with the stages 'fetch' and 'sum'.
inline record::SessionStart session_by_hand(Durability durability = Durability::batch) {
  record::SessionStart session;
  session.workflow = "by-hand";
  session.file = "by-hand.yaml";
  session.unix_ns = 1'764'417'780'000'000'000;
  session.durability = durability;
  session.cores = 2;
  session.version = "0.1.0";
  session.sources = {{"by-hand.yaml", "ropewalk: 1\n"}};
  session.params = {{"width", "640", false}, {"token", "", true}};
  for (const char* name : {"fetch", "sum"})
    session.stages.push_back(
        {.name = name,
         .task = "sim.noop",
         .executor = "process",
         .workers = 2,
         .plugin = "sim",
         .plugin_version = "1.0.0",
         .plugin_path = "/p/sim.so",
         .plugin_identity = "abc",
         .environment = {},
         .needs = name == std::string("sum") ? std::vector<std::uint32_t>{0} : std::vector<std::uint32_t>{},
         .results = "[\"bytes\"]"});
  return session;
}

inline TaskFinished ended(std::uint64_t index, Outcome outcome = Outcome::succeeded, std::uint32_t attempt = 1,
                          bool last = true, std::string_view message = {}) {
  return {.index = index,
          .attempt = attempt,
          .outcome = outcome,
          .detail = 0,
          .queued_ns = 10,
          .run_ns = 1000,
          .cpu_ns = 500,
          .host = 4711,
          .worker = 1,
          .last = last,
          .message = message,
          .started_ns = 2000 + static_cast<std::int64_t>(index)};
}

/// Nothing is written before the run ends, unless the queue is full.
inline const record::RecordWriter::Limits kShortRun{.gather = std::chrono::hours(1)};

/// A record that is being written.
struct Recording {
  explicit Recording(const std::filesystem::path& root, Durability durability = Durability::batch,
                     record::RecordWriter::Limits limits = {}) {
    auto made = record::RecordFolder::create(root);
    if (!made) throw std::runtime_error(made.error().list.front().message);
    begin(std::move(*made), durability, limits);
  }
  /// A further session of an old record.
  static Recording resumed(const std::filesystem::path& folder) {
    auto made = record::RecordFolder::reopen(folder);
    if (!made) throw std::runtime_error(made.error().list.front().message);
    return Recording(std::move(*made));
  }

  void start(std::uint64_t tasks, std::uint32_t stage = 0) {
    writer->run_started(0, {.run_id = writer->id(), .workflow = "by-hand", .items = &items});
    writer->stage_started(5, {stage, stage == 0 ? "fetch" : "sum", "sim.noop", "process", 2, tasks});
  }
  void end_task(const TaskFinished& task, std::optional<Value> result = {}, std::uint32_t stage = 0) {
    if (result) writer->task_result(6, stage, task.index, *result);
    writer->tasks_finished(6, stage, {&task, 1});
  }
  void end(std::uint64_t tasks, Outcome outcome = Outcome::succeeded, std::uint32_t stage = 0) {
    writer->stage_finished(9000, {stage, stage == 0 ? "fetch" : "sum", outcome, tasks, 1, 8000, 7,
                                  outcome == Outcome::succeeded ? "" : "a task failed"});
    writer->run_finished(9000, {outcome, 9000, "", false});
    writer->finish();
  }
  std::unique_ptr<Record> read() const {
    auto opened = open_record(folder);
    if (!opened)
      throw std::runtime_error(opened.error().list.front().code + ": " + opened.error().list.front().message);
    return std::move(*opened);
  }

  Lines items;
  std::filesystem::path folder;
  std::atomic<int> woken = 0;
  std::unique_ptr<record::RecordWriter> writer;

 private:
  explicit Recording(record::RecordFolder made) { begin(std::move(made), Durability::batch, {}); }
  void begin(record::RecordFolder made, Durability durability, record::RecordWriter::Limits limits) {
    folder = made.path;
    record::SessionStart session = session_by_hand(durability);
    session.run_id = made.id;
    session.run_name = made.name;
    writer = std::make_unique<record::RecordWriter>(
        std::move(made), std::move(session), record::ResultDecoder(), [this] { ++woken; }, limits);
  }
};

/// Makes `to` what the run would leave if it were killed now: its log stays behind.
inline std::filesystem::path killed_now(const Recording& run, const std::filesystem::path& to) {
  std::filesystem::remove_all(to);
  std::filesystem::create_directories(to);
  for (const char* name : {"run.db", "run.db-wal"}) std::filesystem::copy_file(run.folder / name, to / name);
  return to;
}

/// "R303: the record ...", or "" if it can be opened.
inline std::string refusal(const std::filesystem::path& path) {
  const auto opened = open_record(path);
  return opened ? std::string() : opened.error().list.front().code + ": " + opened.error().list.front().message;
}

}  // namespace ropewalk::test
