// What is written to a record is what is read from it: the run, its stages, its tasks with all attempts.

#include "recording.hpp"

#include "record/database.hpp"
#include "record/empty_record.hpp"
#include "support/patience.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ropewalk::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::set<std::string> files_in(const std::filesystem::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.insert(entry.path().filename().string());
  return names;
}

TEST(Record, HoldsTheRunItsSessionItsStagesAndItsTexts) {
  const Scratch scratch;
  Recording run(scratch / ".ropewalk");
  run.start(1);
  run.writer->warning(0, {"a warning of the plan"});
  run.end_task(ended(0));
  run.end(1);

  const auto record = run.read();
  EXPECT_EQ(record->run().id, run.folder.filename());
  EXPECT_THAT(record->run().id, testing::EndsWith("-" + record->run().name));
  EXPECT_EQ(record->run().workflow, "by-hand");
  EXPECT_FALSE(record->run().live());
  ASSERT_EQ(record->run().sessions.size(), 1u);
  const RecordedSession& session = record->run().sessions.front();
  EXPECT_EQ(session.outcome, Outcome::succeeded);
  EXPECT_EQ(session.wall_ns, 9000);
  EXPECT_EQ(session.seen_ns, 9000);
  EXPECT_EQ(session.durability, "batch");
  EXPECT_EQ(session.pid, ::getpid());
  ASSERT_EQ(record->stages().size(), 2u);
  const RecordedStage& fetch = record->stages()[0];
  EXPECT_EQ(fetch.name, "fetch");
  EXPECT_EQ(fetch.outcome, Outcome::succeeded);
  EXPECT_EQ(fetch.tasks, 1u);
  EXPECT_EQ(fetch.wall_ns, 8000);
  EXPECT_EQ(fetch.plugin_identity, "abc");
  EXPECT_THAT(record->stages()[1].needs, ElementsAre(0u));
  EXPECT_EQ(record->stages()[1].outcome, std::nullopt) << "it did not come to its turn";
  EXPECT_EQ(record->sources()->at(0).text, "ropewalk: 1\n");
  EXPECT_THAT(*record->warnings(), ElementsAre("a warning of the plan"));
  const auto params = *record->params();
  ASSERT_EQ(params.size(), 2u);
  EXPECT_TRUE(params[0].secret);
  EXPECT_EQ(params[0].value, "");
  EXPECT_EQ(params[1].value, "640");
}

TEST(Record, HoldsEveryAttemptWithItsMessageEvidenceLinesAndOutput) {
  const Scratch scratch;
  Recording run(scratch / ".ropewalk");
  run.start(1);
  run.writer->task_said(3, 0, {0, 1, LogLevel::warning, "the disk is slow"});
  KeptOutput output;
  output.add(OutputStream::err, "no such file\n");
  TaskFinished first = ended(0, Outcome::crashed, 1, false, "killed by SIGSEGV");
  first.detail = 11;
  first.evidence = "at 0x0\nmain";
  first.output = &output;
  run.end_task(first);
  run.writer->task_output(4, 0, {0, 2, OutputStream::process, "hel"});
  run.writer->task_output(5, 0, {0, 2, OutputStream::process, "lo\n"});
  run.end_task(ended(0, Outcome::succeeded, 2), Map{{"bytes", Value(7)}});
  run.end(1);

  const auto record = run.read();
  const RecordedTask task = *record->task(0, 0);
  ASSERT_EQ(task.attempts.size(), 2u);
  EXPECT_EQ(task.attempts[0].outcome, Outcome::crashed);
  EXPECT_EQ(task.attempts[0].detail, 11);
  EXPECT_FALSE(task.attempts[0].last);
  EXPECT_EQ(task.attempts[0].message, "killed by SIGSEGV");
  EXPECT_EQ(task.attempts[0].evidence, "at 0x0\nmain");
  EXPECT_EQ(task.attempts[1].outcome, Outcome::succeeded);
  EXPECT_TRUE(task.attempts[1].last);
  EXPECT_EQ(task.attempts[1].item, "\"line 0\"");
  EXPECT_EQ(task.attempts[1].result, "{\"bytes\": 7}");
  EXPECT_EQ(task.attempts[1].run_ns, 1000);
  EXPECT_EQ(task.attempts[1].started_ns, 2000);
  EXPECT_EQ(task.attempts[1].host, 4711);
  ASSERT_EQ(task.lines.size(), 1u);
  EXPECT_EQ(task.lines[0].text, "the disk is slow");
  ASSERT_EQ(task.outputs.size(), 2u);
  EXPECT_EQ(task.outputs[0].second.head, "no such file\n");
  EXPECT_EQ(task.outputs[1].first, 2u);
  EXPECT_EQ(task.outputs[1].second.head, "hello\n");
  EXPECT_TRUE(record->task(0, 1)->attempts.empty());
}

TEST(Record, GivesTheSameResultAsTheFoldOfTheLiveRun) {
  const Scratch scratch;
  Recording run(scratch / ".ropewalk");
  run.start(4);
  run.end_task(ended(2), Map{{"bytes", Value(2)}});
  run.end_task(ended(0, Outcome::failed, 1, false, "try again"));
  run.end_task(ended(0, Outcome::failed, 2, true, "no"));
  run.end_task(ended(1), Map{{"bytes", Value(1.0)}});
  run.end(4, Outcome::failed);

  const auto record = run.read();
  const RunResult result = *record->result(true);
  EXPECT_EQ(result.outcome, Outcome::failed);
  EXPECT_FALSE(result.broken);
  const StageResult& stage = result.stages.at(0);
  EXPECT_EQ(stage.succeeded, 2u);
  EXPECT_EQ(stage.failed, 1u);
  EXPECT_EQ(stage.not_started, 1u);
  EXPECT_EQ(stage.retried, 1u);
  ASSERT_EQ(result.failures.size(), 1u);
  EXPECT_EQ(result.failures[0].message, "no");
  EXPECT_EQ(result.failures[0].item->value, Value("line 0"));
  std::string rows;
  result.results->visit(0, [&](const KeptResults::Row& row) {
    rows += std::to_string(row.index) + " " + std::string(outcome_name(row.outcome)) + " " +
            (row.value ? to_json(*row.value) : std::string(row.message)) + "\n";
  });
  EXPECT_EQ(rows,
            "0 failed no\n1 succeeded {\"bytes\": 1.0}\n2 succeeded {\"bytes\": 2}\n3 not_started the run was stopped "
            "before it\n");
}

TEST(Record, HoldsTheLedgerOfAStage) {
  const Scratch scratch;
  Recording run(scratch / ".ropewalk");
  run.start(1);
  run.end_task(ended(0));
  const StageLedger measured{.total_s = 2,
                             .user_s = 0.4,
                             .system_s = 0.1,
                             .core_wait_s = 0.05,
                             .blocked_s = 0.25,
                             .dispatch_s = 0.2,
                             .starved_s = 0.3,
                             .start_s = 0.1,
                             .tail_s = 0.5,
                             .residual_s = -0.1,
                             .retry_s = 0.02,
                             .engine_s_per_task = 4e-7,
                             .metg_s = 3e-6,
                             .cores = 2,
                             .idle_cores = 0.5,
                             .interpreter_threads = 4,
                             .fed_by = "before",
                             .last_task = StageLedger::LastTask{7, 0.25, ShownValue{Value("a.txt"), false}}};
  const AutoChoice chosen{
      .executor = "thread",
      .workers = 32,
      .why = "tasks waited",
      .remembered = true,
      .modes = {{.executor = "thread", .workers = 2, .attempts = 4, .died = 1, .run_s = 2, .cpu_s = 0.5, .bytes = 64}}};
  run.writer->stage_finished(9000, {.stage = 0,
                                    .name = "fetch",
                                    .outcome = Outcome::succeeded,
                                    .tasks = 1,
                                    .hosts = 1,
                                    .wall_ns = 8000,
                                    .runnable_wait_ns = 7,
                                    .why = "",
                                    .ledger = measured,
                                    .choice = chosen});
  run.end(0, Outcome::succeeded, 1);

  const auto record = run.read();
  ASSERT_TRUE(record->stages()[0].ledger);
  EXPECT_EQ(*record->stages()[0].ledger, measured);
  EXPECT_FALSE(record->stages()[1].ledger) << "it was not measured";
  ASSERT_TRUE(record->result()->stages[0].ledger);
  EXPECT_EQ(*record->result()->stages[0].ledger, measured);
  EXPECT_EQ(record->stages()[0].choice, chosen);
  EXPECT_FALSE(record->stages()[1].choice) << "it asked for an executor";
  EXPECT_EQ(record->result()->stages[0].choice, chosen);
  EXPECT_EQ(record->result()->stages[0].workers, 32u);
}

/// {stage, index, attempt, start} of what is recorded to run.
std::vector<std::array<std::int64_t, 4>> running_in(const Record& record) {
  std::vector<std::array<std::int64_t, 4>> all;
  const auto running = record.running();
  EXPECT_TRUE(running);
  for (const RecordedRunning& each : *running)
    all.push_back({each.stage, static_cast<std::int64_t>(each.index), each.attempt, each.started_ns});
  return all;
}

using Running = std::vector<std::array<std::int64_t, 4>>;

TEST(Record, HoldsAttemptsThatRunForLongUntilTheyEnd) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const Scratch scratch;
  Recording run(scratch / ".ropewalk", Durability::task);  // each end of a task is written when its call returns
  run.start(9);
  const auto runs = [&](std::int64_t t_ns, std::vector<TaskRunning> tasks) {
    run.writer->tasks_running(t_ns, 0, tasks);
  };
  runs(2 * kSecond, {{3, 1, 3 * kSecond / 2, 4711, 1}, {4, 1, kSecond / 2, 4711, 0}});
  run.end_task(ended(0));
  EXPECT_EQ(running_in(*run.read()), (Running{{0, 3, 1, kSecond / 2}})) << "shorter ones cost nothing";
  EXPECT_EQ(run.read()->running()->front().item, "\"line 3\"");
  EXPECT_EQ(run.read()->running()->front().host, 4711);
  EXPECT_EQ(run.read()->run().sessions.back().seen_ns, 6);  // of the end of task 0, by hand

  runs(3 * kSecond, {{3, 1, 5 * kSecond / 2, 4711, 1}, {4, 1, 3 * kSecond / 2, 4711, 0}});
  run.end_task(ended(3, Outcome::failed, 1, false, "no"));
  EXPECT_EQ(running_in(*run.read()), (Running{{0, 4, 1, 3 * kSecond / 2}}));
  // Task 3 again, and the host of task 4 has died with another task: it waits, and begins anew.
  runs(6 * kSecond, {{3, 2, kSecond, 4712, 1}});
  run.end_task(ended(1));
  EXPECT_EQ(running_in(*run.read()), (Running{{0, 3, 2, 5 * kSecond}}));
  runs(9 * kSecond, {{3, 2, 4 * kSecond, 4712, 1}, {4, 1, kSecond, 4713, 0}});
  run.end_task(ended(2));
  EXPECT_EQ(running_in(*run.read()), (Running{{0, 3, 2, 5 * kSecond}, {0, 4, 1, 8 * kSecond}}));

  const auto killed = killed_now(run, scratch / "killed");
  EXPECT_EQ(running_in(**open_record(killed)), (Running{{0, 3, 2, 5 * kSecond}, {0, 4, 1, 8 * kSecond}}));
  run.end_task(ended(3, Outcome::succeeded, 2));
  run.end_task(ended(4));
  run.end(9);
  EXPECT_EQ(running_in(*run.read()), Running());
  run.writer.reset();
  // A resume of the killed one begins with nothing that runs.
  { const Recording resumed = Recording::resumed(killed); }
  EXPECT_EQ(running_in(**open_record(killed)), Running());
}

TEST(Record, HoldsWhyTasksOfAResumedRunRunAgain) {
  const Scratch scratch;
  Recording run(scratch / ".ropewalk");
  run.start(1);
  run.end_task(ended(0));
  run.end(1);
  EXPECT_THAT(run.read()->run().sessions.at(0).resumed, testing::IsEmpty());
  Recording resumed = Recording::resumed(run.folder);
  resumed.start(1);
  resumed.writer->note_resumed(1, "stage 'sum': 1 of 1 tasks kept");
  resumed.writer->note_resumed(0, "the workflow was edited");
  resumed.writer->note_resumed(1, "stage 'sum': 2 of 2 tasks kept");
  resumed.end(1);
  const auto record = resumed.read();
  EXPECT_THAT(record->run().sessions.at(0).resumed, testing::IsEmpty());
  EXPECT_THAT(record->run().sessions.at(1).resumed,
              testing::ElementsAre("the workflow was edited", "stage 'sum': 2 of 2 tasks kept"));
  EXPECT_EQ(record->result()->resumed, record->run().sessions.at(1).resumed);
}

TEST(Record, IsOneFileInTheEndAndItsFolderIsIgnoredByGit) {
  const Scratch scratch;
  Recording run(scratch / ".ropewalk");
  run.start(1);
  run.end_task(ended(0));
  run.end(1);
  run.writer.reset();
  EXPECT_EQ(files_in(run.folder), std::set<std::string>{"run.db"});
  EXPECT_EQ(content(scratch / ".ropewalk/.gitignore"), "*\n");
  std::filesystem::copy_file(run.folder / "run.db", scratch / "copy.db");
  EXPECT_EQ((*open_record(scratch / "copy.db"))->run().id, run.folder.filename());
}

TEST(Record, IsThereFromTheStartAndGetsALogWithItsFirstBatch) {
  const Scratch scratch;
  Recording run(scratch / ".ropewalk");
  ASSERT_TRUE(eventually([&] { return refusal(run.folder).empty(); }));
  EXPECT_EQ(run.read()->run().id, run.folder.filename());
  EXPECT_EQ(files_in(run.folder), (std::set<std::string>{"lock", "run.db"})) << "nothing has happened yet";
  run.start(2);
  run.end_task(ended(0));
  ASSERT_TRUE(eventually([&] { return run.read()->result()->stages.at(0).succeeded == 1; }));
  EXPECT_TRUE(files_in(run.folder).contains("run.db-wal"));
  run.end_task(ended(1));
  run.end(2);
  EXPECT_EQ(run.read()->result()->stages.at(0).succeeded, 2u);
}

std::optional<std::int64_t> number_in(const Recording& run, const char* sql) {
  record::Database database;
  EXPECT_TRUE(database.open(run.folder / "run.db", record::Database::Mode::read_whole));
  return database.number(sql);
}

TEST(Record, HasLargePagesIfAStageThatItBeginsWithHasManyTasks) {
  for (const std::uint64_t tasks : {99'999u, 100'000u}) {
    const Scratch scratch;
    Recording run(scratch / ".ropewalk");
    run.start(tasks, 1);
    ASSERT_TRUE(eventually([&] { return std::filesystem::exists(run.folder / "run.db-wal"); }));
    run.end_task(ended(7), {}, 1);
    run.end(tasks, Outcome::succeeded, 1);
    EXPECT_EQ(number_in(run, "PRAGMA page_size"), tasks < 100'000 ? 4096 : 32768);
    EXPECT_EQ(number_in(run, "SELECT count(*) FROM session"), 1);
    EXPECT_EQ(number_in(run, "SELECT count(*) FROM stage"), 2);
    EXPECT_EQ(run.read()->task(1, 7)->attempts.size(), 1u);
    EXPECT_TRUE(run.read()->check());
  }
}

TEST(EmptyRecord, HasTheTablesAndTheVersionOfTheSchema) {
  record::Database made, built;
  ASSERT_TRUE(made.open_in_memory());
  ASSERT_TRUE(record::create_schema(made));
  ASSERT_TRUE(built.open_in_memory(record::empty_record()));
  const auto text = [](record::Database& database) {
    record::Statement row(database, "SELECT group_concat(type || name || sql, char(10)) FROM sqlite_schema");
    return row.step() ? std::string(row.text(0)) : database.problem();
  };
  EXPECT_EQ(text(built), text(made));
  EXPECT_THAT(text(built), HasSubstr("CREATE TABLE span"));
  for (const char* pragma : {"PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM outcome"})
    EXPECT_EQ(built.number(pragma), made.number(pragma)) << pragma;
}

TEST(Record, PutsALargeResultIntoAFileOfItsOwn) {
  const Scratch scratch;
  Recording run(scratch / ".ropewalk", Durability::batch, {.queue_bytes = 1 << 20, .large_bytes = 1000});
  run.start(2);
  const std::string large(5000, 'x');
  run.end_task(ended(0), Map{{"text", Value(large)}});
  run.end_task(ended(1), Map{{"text", Value("small")}});
  run.end(2);
  const auto record = run.read();
  const RecordedTask task = *record->task(0, 0);
  EXPECT_EQ(task.attempts.at(0).result, "");
  EXPECT_EQ(task.attempts.at(0).result_file, run.folder / "data/0-0-1.json");
  const RunResult result = *record->result(true);
  std::vector<std::size_t> sizes;
  result.results->visit(
      0, [&](const KeptResults::Row& row) { sizes.push_back(row.value->as_map()->at("text").as_text()->size()); });
  EXPECT_THAT(sizes, ElementsAre(5000u, 5u));
  EXPECT_EQ(result.results->problem(), "");
  std::filesystem::resize_file(run.folder / "data/0-0-1.json", 10);
  result.results->visit(0, [](const KeptResults::Row&) {});
  EXPECT_THAT(result.results->problem(), HasSubstr("cannot be read"));
}

TEST(Record, KeepsTheAttemptsOfAnEarlierSession) {
  const Scratch scratch;
  std::filesystem::path folder;
  {
    Recording first(scratch / ".ropewalk");
    folder = first.folder;
    first.start(3);
    first.end_task(ended(0), Map{{"bytes", Value(1)}});
    first.end_task(ended(1, Outcome::failed, 1, true, "no"));
    first.end_task(ended(2, Outcome::not_started, 0, true, "stopped"));
    first.end(3, Outcome::failed);
  }
  {
    Recording second = Recording::resumed(folder);
    second.start(3);
    second.end_task(ended(1), Map{{"bytes", Value(2)}});
    second.end_task(ended(2), Map{{"bytes", Value(3)}});
    second.end(3);
  }
  const auto record = *open_record(folder);
  EXPECT_EQ(record->run().sessions.size(), 2u);
  const RecordedTask task = *record->task(0, 1);
  ASSERT_EQ(task.attempts.size(), 2u);
  EXPECT_EQ(task.attempts[0].message, "no");
  EXPECT_EQ(task.attempts[1].attempt, 2u);
  EXPECT_EQ(task.attempts[1].session, 2u);
  const RunResult result = *record->result();
  EXPECT_EQ(result.outcome, Outcome::succeeded);
  EXPECT_EQ(result.stages.at(0).succeeded, 3u);
}

TEST(Record, ASessionThatIsKilledHasTheTimeOfItsLastEvent) {
  const Scratch scratch;
  Recording run(scratch / ".ropewalk", Durability::task);
  run.start(2);
  run.end_task(ended(0));
  EXPECT_EQ(run.read()->run().sessions.at(0).seen_ns, 6);
  EXPECT_EQ(run.read()->run().sessions.at(0).wall_ns, std::nullopt);
}

TEST(Record, TextsThatStayTheSameAreInItOnce) {
  const Scratch scratch;
  std::filesystem::path folder;
  {
    Recording first(scratch / ".ropewalk");
    folder = first.folder;
    first.end(0);
  }
  for (int resumes = 0; resumes < 3; ++resumes) Recording::resumed(folder).end(0);
  const auto record = *open_record(folder);
  EXPECT_EQ(record->run().sessions.size(), 4u);
  for (const std::uint32_t session : {1u, 4u}) {
    const RecordedSetup setup = *record->setup(session);
    ASSERT_EQ(setup.sources.size(), 1u) << session;
    EXPECT_EQ(setup.sources[0].text, "ropewalk: 1\n") << session;
  }
  record::Database database;
  ASSERT_TRUE(database.open(folder / "run.db", record::Database::Mode::read_whole));
  EXPECT_EQ(database.number("SELECT count(*) FROM source"), 1);
}

TEST(Record, TakesAtMost200BytesATask) {
  const Scratch scratch;
  Recording run(scratch / ".ropewalk", Durability::run);
  constexpr std::uint64_t kTasks = 50'000;
  run.start(kTasks, 1);
  std::vector<TaskFinished> span;
  for (std::uint64_t index = 0; index < kTasks; ++index) {
    TaskFinished task = ended(index);
    task.queued_ns = task.started_ns = 60'000'000'000 + static_cast<std::int64_t>(index) * 1000;
    task.run_ns = 1'000'000 + static_cast<std::int64_t>(index);
    task.cpu_ns = 900'000;
    task.key = 0x8123456789abcdef + index;
    span.push_back(task);
    if (span.size() == 500) run.writer->tasks_finished(7, 1, span), span.clear();
  }
  run.end(kTasks, Outcome::succeeded, 1);
  EXPECT_LE(std::filesystem::file_size(run.folder / "run.db"), kTasks * 200);
}

TEST(RunName, IsSayableAndUniqueInItsFolder) {
  const Scratch scratch;
  std::set<std::string> names;
  for (int i = 0; i < 50; ++i) {
    const auto folder = record::RecordFolder::create(scratch / ".ropewalk");
    ASSERT_TRUE(folder);
    EXPECT_THAT(folder->name, testing::MatchesRegex("[a-z]+-[a-z]+"));
    names.insert(folder->name);
  }
  EXPECT_EQ(names.size(), 50u);
}

}  // namespace
}  // namespace ropewalk::test
