// Records that another program, a failing disk or a crash has changed, and engines that meet at one record.

#include "recording.hpp"

#include "faults/fail_at.hpp"
#include "support/patience.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atomic>
#include <barrier>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace ropewalk::test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::StartsWith;

namespace fs = std::filesystem;

constexpr std::uint64_t kTasks = 60;

/// A finished run, and its file.
fs::path whole_record(const Scratch& scratch) {
  Recording run(scratch / ".ropewalk");
  run.start(kTasks);
  for (std::uint64_t index = 0; index < kTasks; ++index)
    run.end_task(ended(index), Map{{"bytes", Value(static_cast<std::int64_t>(index))}});
  run.end(kTasks);
  return run.folder / "run.db";
}

/// Everything of it is read. "R303", or "60 of 60".
std::string read_all(const fs::path& path) {
  const auto record = open_record(path);
  if (!record) return record.error().list.front().code;
  if (const auto whole = (*record)->check(); !whole) return whole.error().list.front().code;
  const auto result = (*record)->result(true);
  if (!result) return result.error().list.front().code;
  if (result->stages.empty()) return "nothing";
  std::uint64_t rows = 0;
  result->results->visit(0, [&](const KeptResults::Row&) { ++rows; });
  for (const std::uint64_t index : {std::uint64_t{0}, std::uint64_t{kTasks - 1}})
    if (const auto task = (*record)->task(0, index); !task) return task.error().list.front().code;
  return std::to_string(result->stages[0].succeeded) + " of " + std::to_string(rows);
}

TEST(DamagedRecord, E05_AFlippedBitAnywhereNeverCrashesAReaderAndIsNeverRepaired) {
  const Scratch scratch;
  const fs::path file = whole_record(scratch);
  const std::string whole = content(file);
  ASSERT_EQ(read_all(file), "60 of 60");
  std::map<std::string, int> seen;
  // A prime stride meets every kind of byte of every page; the header is walked whole.
  for (std::size_t at = 0; at < whole.size(); at += at < 100 ? 1 : 41) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
    const fs::path copy = scratch.write("flipped.db", damaged);
    const std::string read = read_all(copy);
    ++seen[read.starts_with("R30") ? "refused" : "read"];
    EXPECT_THAT(read, AnyOf(StartsWith("R30"), HasSubstr(" of "), "nothing")) << "byte " << at;
    ASSERT_EQ(content(copy), damaged) << "byte " << at;
    ASSERT_FALSE(fs::exists(scratch / "flipped.db-journal") || fs::exists(scratch / "flipped.db-wal"));
  }
  EXPECT_GT(seen["refused"], 50);
}

TEST(DamagedRecord, E05_ADamagedLogIsReportedAndWhatIsBeforeTheDamageIsRead) {
  const Scratch scratch;
  Recording run(scratch / ".ropewalk", Durability::task);
  run.start(kTasks);
  std::uint64_t last_write = 0;
  for (std::uint64_t index = 0; index < kTasks; ++index) {
    if (index != 0) last_write = fs::file_size(run.folder / "run.db-wal");
    run.end_task(ended(index), Map{{"bytes", Value(static_cast<std::int64_t>(index))}});
  }
  const auto whole = open_record(killed_now(run, scratch / "copy"));
  ASSERT_TRUE(whole);
  EXPECT_EQ((*whole)->run().log_damage, "");
  const std::uint64_t size = fs::file_size(run.folder / "run.db-wal");
  ASSERT_GT(size, 200'000u);
  std::uint64_t reported = 0, refused = 0;
  for (std::uint64_t at = 0; at < last_write; at += 3001) {
    SCOPED_TRACE(at);
    const fs::path copy = killed_now(run, scratch / "copy");
    std::string damaged = content(copy / "run.db-wal");
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
    std::ofstream(copy / "run.db-wal", std::ios::binary) << damaged;
    const auto record = open_record(copy);
    if (!record) {
      EXPECT_THAT(record.error().list.front().message, HasSubstr("damaged"));
      ++refused;
      continue;
    }
    ++reported;
    EXPECT_THAT((*record)->run().log_damage, HasSubstr("bytes cannot be read"));
    ASSERT_TRUE((*record)->visit(0, [&](const RecordedAttempt& attempt) {
      EXPECT_EQ(attempt.result, "{\"bytes\": " + std::to_string(attempt.index) + "}");
    }));
  }
  EXPECT_GT(reported, 10u);
  EXPECT_EQ(refused, 0u) << "the tables and the run itself are in the file, not in the log";
}

TEST(DamagedRecord, E04_ALogThatEndsWithinAWriteIsTheLogOfAKilledRun) {
  const Scratch scratch;
  Recording run(scratch / ".ropewalk", Durability::task);
  run.start(9);
  for (std::uint64_t index = 0; index < 9; ++index) run.end_task(ended(index));
  const std::uint64_t size = fs::file_size(run.folder / "run.db-wal");
  for (const std::uint64_t cut : {1u, 20u, 4000u}) {
    const fs::path copy = killed_now(run, scratch / "copy");
    fs::resize_file(copy / "run.db-wal", size - cut);
    const auto record = open_record(copy);
    ASSERT_TRUE(record) << cut;
    EXPECT_EQ((*record)->run().log_damage, "") << cut;
    EXPECT_EQ((*record)->result()->stages.at(0).succeeded, 8u) << cut;
  }
}

TEST(DamagedRecord, E06_E08_RowsThatNoRunCanHaveWrittenAreRefusedOrCountedOnce) {
  const Scratch scratch;
  const fs::path file = whole_record(scratch);
  const std::string whole = content(file);
  for (const char* damage : {
           "UPDATE attempt_row SET state = 1 << 8 | 128 | 90",
           "UPDATE attempt_row SET state = -1",
           "UPDATE attempt_row SET place = -1, queued_ns = -9223372036854775808, started_ns = 9223372036854775807",
           "UPDATE attempt_row SET result = '{', item = '['",
           "UPDATE attempt_row SET result = x'00ff', message = x'ff'",
           "UPDATE attempt_row SET result = NULL, result_file = '../../../etc/passwd'",
           "INSERT INTO attempt_row (id, queued_ns, started_ns, run_ns, cpu_ns, place) VALUES (9223372036854775807, "
           "1, 1, 1, 1, 1)",
           "INSERT INTO attempt_row (id, queued_ns, started_ns, run_ns, cpu_ns, place) VALUES (-1, 1, 1, 1, 1, 1)",
           "INSERT INTO attempt_row (id, queued_ns, started_ns, run_ns, cpu_ns, place) SELECT id + 1, 1, 1, 1, 1, 1 "
           "FROM attempt_row",
           "UPDATE stage SET number = -5",
           "UPDATE stage SET number = 4000000000",
           "UPDATE stage SET session = 7",
           "UPDATE stage SET tasks = -1, outcome = 77",
           "UPDATE stage SET needs = '[99, -1, {}', results = 'no'",
           "UPDATE stage SET name = NULL",
           "DELETE FROM stage",
           "DELETE FROM run",
           "DELETE FROM session",
           "UPDATE session SET number = -3, outcome = 300",
           "DROP TABLE attempt_row",
           "DROP TABLE warning",
           "ALTER TABLE attempt_row RENAME COLUMN place TO somewhere",
           "PRAGMA user_version = 0",
       }) {
    const fs::path copy = scratch.write("changed.db", whole);
    record::Database database;
    ASSERT_TRUE(database.open(copy, record::Database::Mode::write));
    (void)database.run("PRAGMA writable_schema = ON");
    (void)database.run(damage);  // what the schema itself forbids needs no reader
    database.close();
    const std::string read = read_all(copy);
    EXPECT_THAT(read, AnyOf(StartsWith("R30"), HasSubstr(" of "), "nothing")) << damage;
    if (read.find(" of ") != std::string::npos) {
      EXPECT_LE(std::stoull(read), kTasks) << damage;
    }
  }
}

TEST(DamagedRecord, E07_AFifoAFolderALinkAndAHugeFileAreRefusedAtOnce) {
  const Scratch scratch;
  ASSERT_EQ(::mkfifo((scratch / "fifo.db").c_str(), 0600), 0);
  EXPECT_THAT(refusal(scratch / "fifo.db"), HasSubstr("it is not a file"));
  fs::create_directories(scratch / "folder/run.db");
  EXPECT_THAT(refusal(scratch / "folder"), StartsWith("R30"));
  fs::create_symlink(scratch / "nowhere", scratch / "link.db");
  EXPECT_THAT(refusal(scratch / "link.db"), StartsWith("R301"));
  EXPECT_THAT(refusal("/dev/zero"), HasSubstr("it is not a file"));
  // Ten gigabytes of nothing, and a record with ten gigabytes of nothing behind it.
  scratch.write("sparse.db", "");
  fs::resize_file(scratch / "sparse.db", std::uintmax_t{10} << 30);
  EXPECT_THAT(refusal(scratch / "sparse.db"), StartsWith("R302"));
  const fs::path file = whole_record(scratch);
  fs::resize_file(file, std::uintmax_t{10} << 30);
  EXPECT_THAT(read_all(file), AnyOf(StartsWith("R30"), "60 of 60"));
}

TEST(DamagedRecord, M01_OfManyEnginesThatBeginAtOnceExactlyOneGetsTheRun) {
  const Scratch scratch;
  constexpr int kEngines = 4;
  for (int race = 0; race < 100; ++race) {
    std::barrier together(kEngines);
    std::atomic<int> got = 0, refused = 0;
    std::vector<std::thread> engines;
    for (int engine = 0; engine < kEngines; ++engine)
      engines.emplace_back([&] {
        together.arrive_and_wait();
        const auto lock = record::RunLock::take(scratch.path());
        if (lock) ++got;
        if (!lock && lock.error().list.front().code == "R305") ++refused;
        together.arrive_and_wait();
      });
    for (std::thread& engine : engines) engine.join();
    ASSERT_EQ(got, 1) << "race " << race;
    ASSERT_EQ(refused, kEngines - 1) << "race " << race;
  }
}

TEST(DamagedRecord, M01_WhileEnginesComeAndGoNoTwoHaveTheRunAtOnce) {
  const Scratch scratch;
  std::atomic<int> inside = 0, taken = 0, twice = 0;
  std::vector<std::thread> engines;
  for (int engine = 0; engine < 4; ++engine)
    engines.emplace_back([&] {
      while (taken < 1000) {
        const auto lock = record::RunLock::take(scratch.path());
        if (!lock) continue;
        twice += inside.fetch_add(1) != 0;
        ++taken;
        std::this_thread::yield();
        --inside;
      }
    });
  for (std::thread& engine : engines) engine.join();
  EXPECT_EQ(twice, 0);
}

#if ROPEWALK_FAILPOINTS

TEST(DamagedRecord, M03_AFileSystemWithoutLocksIsRefusedWithAFix) {
  const Scratch scratch;
  const FailAt fail("record.lock=err:ENOLCK", FailAt::Here::yes);
  const auto made = record::RecordFolder::create(scratch / ".ropewalk");
  ASSERT_FALSE(made);
  const Error error = made.error().list.front();
  EXPECT_EQ(error.code, "R306");
  EXPECT_THAT(error.message, HasSubstr("cannot lock the run"));
  EXPECT_THAT(error.message, HasSubstr("No locks available"));
  EXPECT_THAT(error.notes.at(0), HasSubstr("on a local file system"));
}

/// Records a run in a process of its own, which is killed at that step. A short one is a draft until its end.
void killed_at(const std::string& point, const fs::path& root, Durability durability, bool short_run = false) {
  const FailAt fail(point + "=kill", FailAt::Here::yes);
  const pid_t child = ::fork();
  if (child == 0) {
    Recording run(root, durability, short_run ? kShortRun : record::RecordWriter::Limits{});
    run.start(kTasks);
    if (!short_run && !eventually([&] { return fs::exists(run.folder / "run.db-wal"); })) ::_exit(1);
    for (std::uint64_t index = 0; index < kTasks; ++index)
      run.end_task(ended(index), Map{{"bytes", Value(static_cast<std::int64_t>(index))}});
    run.end(kTasks);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << point;
}

TEST(DamagedRecord, E09_KilledAtEachStepOfFoldingTheLogTheRecordIsWhole) {
  for (const Durability durability : {Durability::run, Durability::batch, Durability::task})
    for (const char* point : {"record.end", "record.after_checkpoint", "record.after_fold"}) {
      const Scratch scratch;
      killed_at(point, scratch / ".ropewalk", durability);
      const fs::path folder = fs::directory_iterator(scratch / ".ropewalk/runs")->path();
      EXPECT_EQ(read_all(folder), "60 of 60") << point;
      // Another session finds it whole too, and folds what was left.
      Recording next = Recording::resumed(folder);
      next.start(kTasks);
      next.end(kTasks);
      EXPECT_EQ(next.writer->problem(), "") << point;
      EXPECT_EQ(read_all(folder), "60 of 60") << point;
      EXPECT_FALSE(fs::exists(folder / "run.db-wal")) << point;
    }
}

TEST(DamagedRecord, E02_E09_KilledWhileADraftReplacesItsFileTheRecordIsTheOldOneOrTheNewOne) {
  const std::pair<const char*, std::uint64_t> steps[] = {
      {"record.before_write", 0},       {"record.before_commit", 0},     {"record.before_replace", 0},
      {"record.after_replace", kTasks}, {"record.after_commit", kTasks}, {"record.end", kTasks}};
  for (const Durability durability : {Durability::run, Durability::batch})
    for (const auto& [point, recorded] : steps) {
      SCOPED_TRACE(point);
      const Scratch scratch;
      killed_at(point, scratch / ".ropewalk", durability, true);
      const fs::path folder = fs::directory_iterator(scratch / ".ropewalk/runs")->path();
      std::uint64_t found = 0;
      {
        const auto record = open_record(folder);
        ASSERT_TRUE(record) << record.error().list.front().message;
        EXPECT_TRUE((*record)->check());
        ASSERT_TRUE((*record)->visit_attempts(0, [&](const RecordedAttempt&) { ++found; }));
      }
      EXPECT_EQ(found, recorded);
      std::ofstream(folder / "run.db-next") << "half of a record";
      Recording next = Recording::resumed(folder);
      next.start(kTasks);
      for (std::uint64_t index = found; index < kTasks; ++index)
        next.end_task(ended(index), Map{{"bytes", Value(static_cast<std::int64_t>(index))}});
      next.end(kTasks);
      EXPECT_EQ(next.writer->problem(), "");
      next.writer.reset();
      EXPECT_EQ(read_all(folder), "60 of 60");
      EXPECT_FALSE(fs::exists(folder / "run.db-next"));
    }
}

#endif

}  // namespace
}  // namespace ropewalk::test
