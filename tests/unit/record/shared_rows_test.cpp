// Plain tasks share rows of the database. Whoever reads the record, with the reader or with the views, sees each task
// as if it had a row of its own.

#include "recording.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace ropewalk::test {
namespace {

/// A line with everything that is known of an attempt, as the view `attempt` shows it.
std::string line_of(const RecordedAttempt& attempt) {
  const auto seconds = [](std::int64_t ns) { return static_cast<double>(ns) / 1e9; };
  return fmt::format("{}|{}|{}|{}|{}|{:.9f}|{:.9f}|{:.9f}|{:.9f}|{}|{}|{}|{}", attempt.index, attempt.attempt,
                     outcome_name(attempt.outcome), attempt.item, attempt.result, seconds(attempt.queued_ns),
                     seconds(attempt.started_ns), seconds(attempt.run_ns), seconds(attempt.cpu_ns), attempt.host,
                     attempt.worker, attempt.session, static_cast<std::int64_t>(attempt.key.value_or(0)));
}

std::vector<std::string> read_lines(const Record& record, std::uint32_t stage) {
  std::vector<std::string> lines;
  const auto read =
      record.visit_attempts(stage, [&](const RecordedAttempt& attempt) { lines.push_back(line_of(attempt)); });
  if (!read) lines.push_back(read.error().list.front().message);
  return lines;
}

struct SqlView {
  explicit SqlView(const std::filesystem::path& folder) {
    if (!database.open(folder / "run.db", record::Database::Mode::read_whole)) ADD_FAILURE() << database.problem();
    // As in the sqlite3 program. SQLite 3.40 takes its own JSON functions for unsafe in a view, and nothing of the
    // engine reads one.
    database.run("PRAGMA trusted_schema = ON");
  }
  std::vector<std::string> lines(const std::string& from) {
    const std::string sql = fmt::format(
        "SELECT printf('%d|%d|%s|%s|%s|%.9f|%.9f|%.9f|%.9f|%d|%d|%d|%lld', \"index\", attempt, "
        "outcome, item, result, queued_s, started_s, run_s, cpu_s, host, worker, session, "
        "ifnull(key, 0)) FROM {} ORDER BY id",
        from);
    record::Statement row(database, sql.c_str());
    std::vector<std::string> all;
    while (row.step()) all.emplace_back(row.text(0));
    if (!row.good()) ADD_FAILURE() << database.problem();
    return all;
  }
  std::int64_t rows(const char* table) {
    return database.number(fmt::format("SELECT count(*) FROM {}", table).c_str()).value_or(-1);
  }
  record::Database database;
};

/// Tasks that differ in everything in which plain tasks may differ.
TaskFinished varied(std::uint64_t index) {
  TaskFinished task = ended(index);
  const auto i = static_cast<std::int64_t>(index);
  task.started_ns = 5'000'000 + i * 733;
  task.queued_ns = index % 3 == 0 ? 5000 : 1000 + i * 733;
  task.run_ns = 100 + i % 7;
  task.cpu_ns = 90 + i % 5;
  task.host = index % 4 == 0 ? 812 : 4711;
  task.worker = static_cast<std::uint32_t>(index % 2);
  task.key = index % 5 == 0 ? 0xf123456789abcdef : 17;
  return task;
}

Value varied_result(std::uint64_t index) {
  return Map{{"text", Value("say \"" + std::to_string(index) + "\" \\ \x01 \xc3\xa4")}, {"share", Value(0.5)}};
}

/// As two workers report them: stretches whose order is not that of their indices. 500 to 549 and 552 are missing.
std::vector<TaskFinished> varied_tasks() {
  std::vector<TaskFinished> tasks;
  for (const auto& [from, to] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {300, 450}, {0, 100}, {450, 500}, {101, 300}, {550, 552}, {100, 101}, {553, 600}})
    for (std::uint64_t index = from; index < to; ++index) tasks.push_back(varied(index));
  return tasks;
}

class SharedRowsOfStage : public testing::TestWithParam<std::uint32_t> {
 protected:
  /// The record of a run that ended those tasks, all in one batch.
  static void record_together(Recording& run) {
    run.start(600, GetParam());
    const std::vector<TaskFinished> tasks = varied_tasks();
    for (const TaskFinished& task : tasks)
      if (task.index % 3 == 1) run.writer->task_result(6, GetParam(), task.index, varied_result(task.index));
    run.writer->tasks_finished(6, GetParam(), tasks);
    run.end(600, Outcome::succeeded, GetParam());
  }
  /// The same, each in a batch of its own.
  static void record_one_by_one(Recording& run) {
    run.start(600, GetParam());
    for (const TaskFinished& task : varied_tasks()) {
      if (task.index % 3 == 1) run.end_task(task, varied_result(task.index), GetParam());
      if (task.index % 3 != 1) run.end_task(task, {}, GetParam());
    }
    run.end(600, Outcome::succeeded, GetParam());
  }
};

TEST_P(SharedRowsOfStage, EachTaskIsReadAsIfItHadARowOfItsOwn) {
  const Scratch scratch;
  Recording together(scratch / "together"), alone(scratch / "alone", Durability::run, {.queue_bytes = 1});
  record_together(together);
  record_one_by_one(alone);
  const auto record = together.read();
  const std::vector<std::string> lines = read_lines(*record, GetParam());
  EXPECT_EQ(lines.size(), 549u);
  EXPECT_EQ(lines, read_lines(*alone.read(), GetParam()));
  together.writer.reset();
  alone.writer.reset();
  SqlView view(together.folder);
  EXPECT_EQ(view.rows("span"), 3) << "0 to 255, 256 to 499, 553 to 599";
  EXPECT_EQ(view.rows("attempt_row"), 2) << "550 and 551";
  EXPECT_EQ(SqlView(alone.folder).rows("attempt_row"), 549);
  EXPECT_EQ(view.lines("attempt"), lines);
  EXPECT_EQ(view.lines("task"), lines);
  EXPECT_EQ(SqlView(alone.folder).lines("task"), lines);
}

TEST_P(SharedRowsOfStage, ATaskIsFoundByItsIndex) {
  const Scratch scratch;
  Recording run(scratch / ".ropewalk");
  record_together(run);
  const auto record = run.read();
  const std::vector<std::string> lines = read_lines(*record, GetParam());
  for (const std::uint64_t index : {0u, 599u, 100u, 101u, 99u, 3u, 551u, 553u, 256u, 255u, 499u}) {
    const auto found = std::find_if(lines.begin(), lines.end(), [&](const std::string& line) {
      return line.starts_with(std::to_string(index) + "|");
    });
    ASSERT_NE(found, lines.end());
    EXPECT_EQ(line_of(record->last_attempt(GetParam(), index)->value()), *found);
    EXPECT_EQ(line_of(record->task(GetParam(), index)->attempts.at(0)), *found);
  }
  for (const std::uint64_t index : {552u, 520u, 600u, 100000u})
    EXPECT_FALSE(record->last_attempt(GetParam(), index)->has_value()) << index;
  EXPECT_FALSE(record->last_attempt(1 - GetParam(), 3)->has_value());
}

INSTANTIATE_TEST_SUITE_P(WithItems, SharedRowsOfStage, testing::Values(0, 1),
                         [](const auto& info) { return info.param == 0 ? "Text" : "Ints"; });

TEST(SharedRows, ATaskThatRunsAgainInALaterSessionHasBothAttempts) {
  const Scratch scratch;
  std::filesystem::path folder;
  {
    Recording first(scratch / ".ropewalk");
    folder = first.folder;
    first.start(20);
    std::vector<TaskFinished> tasks;
    for (std::uint64_t index = 0; index < 10; ++index) tasks.push_back(ended(index));
    first.writer->tasks_finished(6, 0, tasks);
    for (std::uint64_t index = 10; index < 20; ++index)
      first.end_task(ended(index, Outcome::not_started, 0, true, "stopped"));
    first.end(20, Outcome::failed);
  }
  {
    Recording second = Recording::resumed(folder);
    second.start(20);
    second.end_task(ended(3, Outcome::failed, 1, true, "the file is gone"));
    std::vector<TaskFinished> tasks;
    for (std::uint64_t index = 5; index < 20; ++index) tasks.push_back(ended(index));
    second.writer->tasks_finished(6, 0, tasks);
    second.end(20, Outcome::failed);
  }
  const auto record = *open_record(folder);
  const auto attempts_of = [&](std::uint64_t index) {
    std::string all;
    const auto task = record->task(0, index);
    for (const RecordedAttempt& each : task->attempts)
      all += fmt::format("{} {} in {};", each.attempt, outcome_name(each.outcome), each.session);
    return all;
  };
  EXPECT_EQ(attempts_of(0), "1 succeeded in 1;");
  EXPECT_EQ(attempts_of(3), "1 succeeded in 1;2 failed in 2;");
  EXPECT_EQ(attempts_of(7), "1 succeeded in 1;2 succeeded in 2;");
  EXPECT_EQ(attempts_of(15), "0 not_started in 1;1 succeeded in 2;");
  EXPECT_EQ((*record->last_attempt(0, 3))->message, "the file is gone");
  std::vector<std::string> last;
  ASSERT_TRUE(record->visit(0, [&](const RecordedAttempt& attempt) { last.push_back(line_of(attempt)); }));
  EXPECT_EQ(last.size(), 20u);
  EXPECT_EQ(record->result()->stages.at(0).succeeded, 19u);
  SqlView view(folder);
  EXPECT_EQ(view.lines("task"), last);
  EXPECT_EQ(view.lines("attempt"), read_lines(*record, 0));
  EXPECT_EQ(view.lines("attempt").size(), 36u);
}

TEST(SharedRows, ALaterSessionSharesRowsToo) {
  const Scratch scratch;
  std::filesystem::path folder;
  {
    Recording first(scratch / ".ropewalk");
    folder = first.folder;
    first.start(100);
    first.end_task(ended(0));
    for (std::uint64_t index = 50; index < 100; ++index)
      first.end_task(ended(index, Outcome::not_started, 0, true, "stopped"));
    first.end(100, Outcome::failed);
  }
  {
    Recording second = Recording::resumed(folder);
    second.start(100);
    std::vector<TaskFinished> tasks;
    for (std::uint64_t index = 1; index < 100; ++index) tasks.push_back(ended(index));
    second.writer->tasks_finished(6, 0, tasks);
    second.end(100);
  }
  SqlView view(folder);
  EXPECT_EQ(view.rows("attempt_row"), 51);
  EXPECT_EQ(view.rows("span"), 1);
  const std::vector<std::string> last = view.lines("task");
  ASSERT_EQ(last.size(), 100u);
  for (const std::string& line : last) EXPECT_THAT(line, testing::HasSubstr("|1|succeeded|"));
  EXPECT_EQ((*open_record(folder))->result()->stages.at(0).succeeded, 100u);
}

TEST(SharedRows, E05_ADamagedTextIsRefused) {
  const Scratch scratch;
  Recording run(scratch / ".ropewalk");
  run.start(100);
  std::vector<TaskFinished> tasks;
  for (std::uint64_t index = 0; index < 100; ++index) tasks.push_back(ended(index));
  run.writer->tasks_finished(6, 0, tasks);
  run.end(100);
  run.writer.reset();
  record::Database other;
  ASSERT_TRUE(other.open(run.folder / "run.db", record::Database::Mode::write));
  ASSERT_TRUE(other.run("UPDATE span SET tasks = replace(tasks, '],[', '];[')"));
  other.close();
  const auto record = run.read();
  const auto all = record->result();
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().list.front().code, "R303");
  EXPECT_FALSE(record->last_attempt(0, 7));
  EXPECT_FALSE(record->task(0, 7));
}

}  // namespace
}  // namespace ropewalk::test
