// A record that cannot be read is refused with its reason; one that cannot be written ends the run and loses nothing.

#include "recording.hpp"

#include "faults/fail_at.hpp"
#include "support/patience.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

namespace ropewalk::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

/// A whole record with 200 tasks, and its file.
std::filesystem::path finished_run(const Scratch& scratch) {
  Recording run(scratch / ".ropewalk");
  run.start(200);
  for (std::uint64_t index = 0; index < 200; ++index)
    run.end_task(ended(index), Map{{"bytes", Value(static_cast<std::int64_t>(index))}});
  run.end(200);
  return run.folder / "run.db";
}

/// The content of every file below, by name.
std::map<std::string, std::string> state_of(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files[entry.path().filename().string()] = content(entry.path());
  return files;
}

void put(const std::filesystem::path& file, std::streamoff at, std::string_view bytes) {
  std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
  out.seekp(at);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// Counts what can be read; the error where something cannot.
std::string read_all(const std::filesystem::path& path) {
  const auto record = open_record(path);
  if (!record) return record.error().list.front().code;
  const auto result = (*record)->result();
  if (!result) return result.error().list.front().code;
  return result->stages.empty() ? "nothing" : std::to_string(result->stages[0].succeeded);
}

TEST(RecordFaults, E07_AMissingForeignOrEmptyRecordIsRefused) {
  const Scratch scratch;
  EXPECT_THAT(refusal(scratch / "run.db"), StartsWith("R301: cannot open the record"));
  EXPECT_THAT(refusal(scratch.write("text", "hello")), StartsWith("R302: '"));
  EXPECT_THAT(refusal(scratch.write("empty", "")), HasSubstr("it is empty"));
  record::Database other;
  ASSERT_TRUE(other.open(scratch / "other.db", record::Database::Mode::write));
  ASSERT_TRUE(other.run("CREATE TABLE run (id TEXT)"));
  other.close();
  EXPECT_THAT(refusal(scratch / "other.db"), HasSubstr("another program has made this database"));
}

TEST(RecordFaults, E17_ANewerVersionIsRefusedAndNamed) {
  const Scratch scratch;
  const auto file = finished_run(scratch);
  put(file, 60, std::string("\0\0\0\x07", 4));
  EXPECT_THAT(refusal(file), HasSubstr("R304: the record"));
  EXPECT_THAT(refusal(file), HasSubstr("has version 7 of the schema"));
}

TEST(RecordFaults, E04_ARecordThatIsCutShortAnywhereIsRefused) {
  const Scratch scratch;
  const auto file = finished_run(scratch);
  const std::string whole = content(file);
  EXPECT_EQ(read_all(file), "200");
  for (std::size_t size = 0; size < whole.size(); size += size < 200 ? 1 : 509) {
    const std::string code = read_all(scratch.write("cut.db", whole.substr(0, size)));
    EXPECT_THAT(code, StartsWith("R30")) << "with " << size << " of " << whole.size() << " bytes";
  }
}

TEST(RecordFaults, E05_ADamagedPageIsRefusedAndNothingIsRepaired) {
  const Scratch scratch;
  const auto file = finished_run(scratch);
  const std::string whole = content(file);
  int refused = 0;
  for (std::size_t page = 4096; page < whole.size(); page += 4096) {
    std::string damaged = whole;
    std::memset(damaged.data() + page, 0xa5, 4096);
    const auto copy = scratch.write("damaged.db", damaged);
    refused += read_all(copy).starts_with("R303");
    EXPECT_EQ(content(copy), damaged);
  }
  EXPECT_GT(refused, 0);
}

TEST(RecordFaults, E15_ReadingChangesNothingWhetherTheRunIsLiveKilledOrDone) {
  const Scratch scratch;
  Recording run(scratch / ".ropewalk", Durability::task);
  run.start(2);
  run.end_task(ended(0));
  const auto files = [&] {
    auto all = state_of(run.folder);
    all.erase("run.db-shm");  // the locks of readers are kept there
    return all;
  };
  const auto live = files();
  EXPECT_EQ(read_all(run.folder), "1");
  EXPECT_EQ(run.read()->run().live_pid, ::getpid());
  EXPECT_EQ(files(), live);

  const std::filesystem::path left = killed_now(run, scratch / "left");
  const auto before = state_of(left);
  EXPECT_EQ(read_all(left), "1");
  EXPECT_EQ(state_of(left), before);

  run.end_task(ended(1));
  run.end(2);
  run.writer.reset();
  const auto done = state_of(run.folder);
  EXPECT_EQ(read_all(run.folder), "2");
  EXPECT_EQ(state_of(run.folder), done);
}

TEST(RecordFaults, M01_TheSecondEngineOnARunIsRefusedAndTheFirstNamed) {
  const Scratch scratch;
  Recording run(scratch / ".ropewalk");
  const auto second = record::RecordFolder::reopen(run.folder);
  ASSERT_FALSE(second);
  const Errors errors = second.error();
  EXPECT_EQ(errors.list.front().code, "R305");
  EXPECT_THAT(errors.list.front().message, HasSubstr("process " + std::to_string(::getpid())));
}

TEST(RecordFaults, M01_TheLockEndsWithTheProcessThatHoldsIt) {
  const Scratch scratch;
  std::filesystem::create_directories(scratch / "run");
  int told[2];
  ASSERT_EQ(::pipe(told), 0);
  const pid_t holder = ::fork();
  if (holder == 0) {
    const auto lock = record::RunLock::take(scratch / "run");
    (void)!::write(told[1], lock ? "y" : "n", 1);
    ::pause();
    ::_exit(0);
  }
  char answer = 0;
  ASSERT_EQ(::read(told[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  EXPECT_EQ(record::lock_holder(scratch / "run"), holder);
  EXPECT_FALSE(record::RunLock::take(scratch / "run"));
  ::kill(holder, SIGKILL);
  ::waitpid(holder, nullptr, 0);
  EXPECT_EQ(record::lock_holder(scratch / "run"), 0);
  EXPECT_TRUE(record::RunLock::take(scratch / "run"));
  ::close(told[0]);
  ::close(told[1]);
}

TEST(RecordFaults, M02_AnOrphanOfAKilledEngineDoesNotHoldItsLock) {
  const Scratch scratch;
  std::filesystem::create_directories(scratch / "run");
  int channel[2];
  ASSERT_EQ(::pipe(channel), 0);
  const pid_t holder = ::fork();
  if (holder == 0) {
    const auto lock = record::RunLock::take(scratch / "run");
    const pid_t orphan = ::fork();
    if (orphan == 0) {
      ::execl("/bin/sleep", "sleep", "100000", nullptr);
      ::_exit(1);
    }
    (void)!::write(channel[1], &orphan, lock ? sizeof orphan : 1);
    ::pause();
    ::_exit(0);
  }
  pid_t orphan = 0;
  ASSERT_EQ(::read(channel[0], &orphan, sizeof orphan), static_cast<ssize_t>(sizeof orphan));
  const std::string name = "/proc/" + std::to_string(orphan) + "/comm";
  ASSERT_TRUE(eventually([&] { return content(name) == "sleep\n"; }));
  EXPECT_FALSE(record::RunLock::take(scratch / "run"));
  ::kill(holder, SIGKILL);
  ::waitpid(holder, nullptr, 0);
  EXPECT_TRUE(record::RunLock::take(scratch / "run"));
  EXPECT_EQ(content(name), "sleep\n") << "it is gone, so it proves nothing";
  ::kill(orphan, SIGKILL);
  ::close(channel[0]);
  ::close(channel[1]);
}

TEST(RecordFaults, R04_AFolderThatCannotBeMadeIsRefusedWithAFix) {
  const Scratch scratch;
  scratch.write("file", "");
  const auto made = record::RecordFolder::create(scratch / "file");
  ASSERT_FALSE(made);
  const Errors errors = made.error();
  EXPECT_EQ(errors.list.front().code, "R306");
  EXPECT_THAT(errors.list.front().message, HasSubstr("Not a directory"));
  EXPECT_THAT(errors.list.front().notes.at(0), HasSubstr("name a folder of records that can be written to"));
}

TEST(RecordFaults, R04_AFolderThatIsRemovedDuringTheRunIsReported) {
  const Scratch scratch;
  Recording run(scratch / ".ropewalk", Durability::task);
  run.start(2);
  run.end_task(ended(0));
  std::filesystem::remove_all(run.folder);
  run.end_task(ended(1));
  EXPECT_THAT(run.writer->problem(), HasSubstr("it was removed or moved while the run lasted"));
  run.end(2, Outcome::failed);
  EXPECT_EQ(run.woken, 1);
}

#if ROPEWALK_FAILPOINTS

TEST(RecordFaults, R01_AFullDiskIsReportedAndWhatWasQueuedIsWrittenOnceThereIsRoom) {
  const Scratch scratch;
  const FailAt fail("record.before_commit=err:ENOSPC@2", FailAt::Here::yes);
  Recording run(scratch / ".ropewalk", Durability::task);
  run.start(3);
  run.end_task(ended(0));
  run.end_task(ended(1));
  EXPECT_TRUE(eventually([&] { return run.woken == 1; }));
  EXPECT_EQ(run.writer->problem(), "No space left on device");
  run.end_task(ended(2));
  run.end(3, Outcome::failed);
  EXPECT_EQ(run.writer->problem(), "No space left on device") << "the run was stopped by it";
  EXPECT_EQ(read_all(run.folder), "3");
}

TEST(RecordFaults, R01_OfAShortRunWhatFoundNoRoomIsWrittenAtTheEndOnce) {
  for (const char* point : {"record.before_write", "record.before_commit", "record.before_replace"}) {
    SCOPED_TRACE(point);
    const Scratch scratch;
    const FailAt fail(std::string(point) + "=err:ENOSPC@1", FailAt::Here::yes);
    Recording run(scratch / ".ropewalk", Durability::batch, kShortRun);
    run.start(3);
    for (const std::uint64_t index : {0u, 1u, 2u}) run.end_task(ended(index));
    run.end(3);
    EXPECT_EQ(run.writer->problem(), "No space left on device");
    EXPECT_EQ(read_all(run.folder), "3");
    EXPECT_TRUE(run.read()->check());
  }
}

TEST(RecordFaults, R02_OfAShortRunThatCannotBeWrittenTheRecordIsThatOfItsStart) {
  const Scratch scratch;
  const FailAt fail("record.before_replace=err:EIO", FailAt::Here::yes);
  Recording run(scratch / ".ropewalk", Durability::batch, kShortRun);
  run.start(1);
  run.end_task(ended(0));
  run.end(1);
  EXPECT_EQ(run.writer->problem(), "Input/output error");
  EXPECT_EQ(run.woken, 1);
  EXPECT_EQ(run.read()->run().sessions.at(0).outcome, std::nullopt);
}

TEST(RecordFaults, R01_ADiskThatStaysFullKeepsWhatWasAcknowledged) {
  const Scratch scratch;
  const FailAt fail("record.before_commit=err:EIO@2+", FailAt::Here::yes);
  Recording run(scratch / ".ropewalk", Durability::task);
  run.start(3);
  run.end_task(ended(0));
  run.end_task(ended(1));
  run.end_task(ended(2));
  run.end(3, Outcome::failed);
  EXPECT_EQ(run.writer->problem(), "Input/output error");
  EXPECT_EQ(read_all(run.folder), "1");
}

TEST(RecordFaults, R01_ADiskThatLosesWhatWasWrittenIsReported) {
  const Scratch scratch;
  const FailAt fail("record.sync=err:EIO", FailAt::Here::yes);
  Recording run(scratch / ".ropewalk");
  run.start(1);
  run.end_task(ended(0));
  EXPECT_TRUE(eventually([&] { return run.woken == 1; }));
  run.end(1, Outcome::failed);
  EXPECT_EQ(run.writer->problem(), "Input/output error");
  EXPECT_TRUE(std::filesystem::exists(run.folder / "run.db-wal")) << "it is not folded into the file";
}

TEST(RecordFaults, R04_ADatabaseThatCannotBeOpenedIsReported) {
  const Scratch scratch;
  const FailAt fail("record.open=err:EROFS", FailAt::Here::yes);
  Recording run(scratch / ".ropewalk");
  EXPECT_TRUE(eventually([&] { return run.woken == 1; }));
  EXPECT_EQ(run.writer->problem(), "Read-only file system");
  run.start(1);
  run.end_task(ended(0));
  run.end(1);
}

/// Runs a recording of 20 tasks in a process of its own, which a failpoint kills. How many results it was told to be
/// safe.
int acknowledged_before_death(const std::filesystem::path& root, const std::string& point) {
  int told[2];
  if (::pipe(told) != 0) return -1;
  const FailAt fail(point, FailAt::Here::yes);
  const pid_t child = ::fork();
  if (child == 0) {
    Recording run(root, Durability::task);
    run.start(20);
    for (std::uint64_t index = 0; index < 20; ++index) {
      run.end_task(ended(index), Map{{"bytes", Value(static_cast<std::int64_t>(index))}});
      (void)!::write(told[1], "x", 1);
    }
    run.end(20);
    ::_exit(0);
  }
  ::close(told[1]);
  int count = 0;
  for (char byte = 0; ::read(told[0], &byte, 1) == 1;) ++count;
  ::close(told[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? count : -1;
}

TEST(RecordFaults, E02_E03_AnAcknowledgedResultSurvivesSigkillAndNoneIsThereTwice) {
  for (const char* where : {"record.before_write", "record.before_commit", "record.after_commit"})
    for (const int hit : {1, 2, 7, 19}) {
      const Scratch scratch;
      const std::string point = std::string(where) + "=kill@" + std::to_string(hit);
      const int acknowledged = acknowledged_before_death(scratch / ".ropewalk", point);
      ASSERT_GE(acknowledged, 0) << point;
      const auto folder = std::filesystem::directory_iterator(scratch / ".ropewalk/runs")->path();
      const auto record = open_record(folder);
      ASSERT_TRUE(record) << point << record.error().list.front().message;
      EXPECT_FALSE((*record)->run().live());
      int recorded = 0;
      ASSERT_TRUE((*record)->visit_attempts(0, [&](const RecordedAttempt& attempt) {
        EXPECT_EQ(attempt.index, static_cast<std::uint64_t>(recorded++));
        EXPECT_EQ(attempt.attempt, 1u);
      }));
      EXPECT_GE(recorded, acknowledged) << point;
      EXPECT_LE(recorded, acknowledged + 1) << point;
      Recording resumed = Recording::resumed(folder);
      resumed.start(20);
      for (int index = recorded; index < 20; ++index) resumed.end_task(ended(static_cast<std::uint64_t>(index)));
      resumed.end(20);
      EXPECT_EQ(read_all(folder), "20") << point;
    }
}

#endif

TEST(RecordFaults, TheRunWaitsForASlowDiskAndNothingIsDropped) {
  const Scratch scratch;
  Recording run(scratch / ".ropewalk", Durability::batch, {.queue_bytes = 20'000});
  run.start(5000);
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(run.folder / "run.db-wal"); }));
  // The disk stands still: another connection has the only lock for writing.
  record::Database other;
  ASSERT_TRUE(eventually([&] {
    return other.open(run.folder / "run.db", record::Database::Mode::write) &&
           other.number("SELECT count(*) FROM session") == 1;
  }));
  ASSERT_TRUE(other.run("BEGIN IMMEDIATE"));
  std::atomic<std::uint64_t> done = 0;
  std::thread tasks([&] {
    for (std::uint64_t index = 0; index < 5000; ++index) run.end_task(ended(index)), ++done;
  });
  EXPECT_TRUE(eventually([&] { return run.writer->waits() > 0; }));
  const std::uint64_t waiting_at = done;
  EXPECT_LT(waiting_at, 1000u) << "20,000 bytes are far fewer tasks";
  ASSERT_TRUE(other.run("ROLLBACK"));
  tasks.join();
  other.close();
  run.end(5000);
  EXPECT_EQ(run.writer->problem(), "");
  EXPECT_EQ(read_all(run.folder), "5000");
}

}  // namespace
}  // namespace ropewalk::test
