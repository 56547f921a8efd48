// Records on a real file system that is full, has no inode left, or goes away during the run. The twins with failpoints
// and with disturbed calls run everywhere.

#include "own_mounts.hpp"
#include "program.hpp"

#include "integration/call_faults.hpp"

#include <ropewalk/record.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

namespace ropewalk::test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

struct FullDisk : testing::Test {
  FullDisk() {
    folder.file("many.yaml",
                "ropewalk: 1\nname: many\nstages:\n  - {name: e, task: sim.echo, executor: thread, foreach: {range: "
                "20000}, with: {value: '${{ text(item) }} and text that no disk can do without'}}\n");
    fs::create_directories(small);
  }
  ProgramEnd ropewalk(std::vector<std::string> words, const std::string& durability = "batch") const {
    return test::ropewalk(std::move(words), recording_in(folder, {{"ROPEWALK_DURABILITY", durability}}));
  }
  bool mount(const std::string& how, unsigned long flags = 0) const {
    return ::mount("tmpfs", small.c_str(), "tmpfs", flags, how.c_str()) == 0;
  }
  std::string root() const { return small + "/records"; }
  fs::path run() const { return fs::directory_iterator(root() + "/runs")->path(); }

  const Folder folder;
  const std::string small = folder.path("small");
};

/// Failures of a child are not those of this process: it writes them down.
struct Story {
  explicit Story(const Folder& folder) : path(folder.path("story")) {}
  template <class Value>
  int fails(int code, const Value& why) const {
    std::ofstream(path, std::ios::app) << why << "\n";
    return code;
  }
  std::string text() const { return read_file(path); }
  std::string path;
};

TEST_F(FullDisk, R01_StopsDispatchKeepsWhatIsDoneAndTheRunIsResumedOnceThereIsRoom) {
  const Story story(folder);
  ASSERT_EQ(ropewalk({"run", "many.yaml", "-q", "--no-record", "--results", "fresh.jsonl"}).exit_code, 0);
  for (const char* durability : {"run", "batch", "task"}) {
    const int code = with_own_mounts([&] {
      if (!mount("size=600k")) return kNotPermitted;
      const ProgramEnd full = ropewalk({"run", "many.yaml", "-q", "--record-dir", root()}, durability);
      if (full.exit_code != 74) return story.fails(1, full.err);
      if (full.err.find("R306") == std::string::npos) return story.fails(2, full.err);
      if (full.err.find("full") == std::string::npos && full.err.find("No space left") == std::string::npos)
        return story.fails(3, full.err);
      const ProgramEnd shown = ropewalk({"show", run().string()});
      if (shown.signal != 0 || (shown.out + shown.err).find("stage") == std::string::npos)
        return story.fails(4, shown.out + shown.err);
      std::uint64_t kept = 0;
      {
        const auto record = open_record(run());
        if (!record) return story.fails(5, record.error().list.front().message);
        kept = (*record)->result()->stages.at(0).succeeded;
      }
      // The first batch may be larger than the disk.
      if (kept >= 20000 || (kept == 0 && std::string(durability) == "task")) return story.fails(6, kept);
      if (!mount("size=64m", MS_REMOUNT)) return story.fails(7, "remount");
      const ProgramEnd resumed =
          ropewalk({"resume", run().string(), "--results", folder.path("resumed.jsonl")}, durability);
      if (resumed.exit_code != 0) return story.fails(8, resumed.err);
      if (resumed.err.find(std::to_string(kept) + " of 20000 tasks kept") == std::string::npos)
        return story.fails(9, std::to_string(kept) + "\n" + resumed.err);
      return 0;
    });
    if (code == -1) GTEST_SKIP() << "no mount namespace; twin: RecordRun.R01_AFullDisk";
    EXPECT_EQ(code, 0) << durability << "\n" << story.text();
    EXPECT_EQ(read_file(folder.path("resumed.jsonl")), read_file(folder.path("fresh.jsonl"))) << durability;
  }
}

TEST_F(FullDisk, R05_WithAnyNumberOfInodesTheRunIsRecordedOrEndsWith74) {
  const Story story(folder);
  int recorded = 0;
  for (int inodes = 1; inodes <= 12; ++inodes) {
    const int code = with_own_mounts([&] {
      if (!mount("size=64m,nr_inodes=" + std::to_string(inodes))) return kNotPermitted;
      const ProgramEnd ended = ropewalk({"run", "many.yaml", "-q", "--record-dir", root()});
      if (ended.exit_code == 0) return 100;
      if (ended.exit_code != 74) return story.fails(1, ended.err);
      if (ended.err.find("No space left") == std::string::npos &&
          ended.err.find("unable to open") == std::string::npos && ended.err.find("full") == std::string::npos)
        return story.fails(2, ended.err);
      if (!mount("size=64m,nr_inodes=1000", MS_REMOUNT)) return story.fails(3, "remount");
      const ProgramEnd again = ropewalk({"run", "many.yaml", "-q", "--record-dir", root()});
      return again.exit_code == 0 ? 0 : story.fails(4, again.err);
    });
    if (code == -1) GTEST_SKIP() << "no mount namespace; twin: CallFaults.R01_R05";
    EXPECT_THAT(code, AnyOf(0, 100)) << inodes << " inodes\n" << story.text();
    recorded += code == 100;
  }
  EXPECT_GT(recorded, 0);
  EXPECT_LT(recorded, 12);
}

TEST_F(FullDisk, R04_AFolderThatIsReadOnlyIsReportedBeforeAnythingRuns) {
  const Story story(folder);
  const int code = with_own_mounts([&] {
    if (!mount("size=1m", MS_RDONLY)) return kNotPermitted;
    const ProgramEnd ended = ropewalk({"run", "many.yaml", "--record-dir", root()});
    if (ended.exit_code != 74 || ended.err.find("Read-only file system") == std::string::npos)
      return story.fails(1, ended.err);
    return ended.err.find("20000") == std::string::npos ? 0 : story.fails(2, ended.err);
  });
  if (code == -1) GTEST_SKIP() << "no mount namespace; twin: RecordFaults.R04_ADatabaseThatCannotBeOpened";
  EXPECT_EQ(code, 0) << story.text();
}

TEST_F(FullDisk, R04_M04_ARunWhoseRecordIsRemovedEndsWith74AndSaysSo) {
  folder.file("remove.yaml",
              "ropewalk: 1\nname: remove\nstages:\n  - {name: gone, task: shell.run, with: {command: 'rm -rf "
              "small/records'}}\n  - {name: after, task: sim.echo, needs: [gone], foreach: {range: 200}, with: {value: "
              "'${{ item }}'}}\n");
  const ProgramEnd ended = ropewalk({"run", "remove.yaml", "--record-dir", root()}, "task");
  EXPECT_EQ(ended.exit_code, 74) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("it was removed or moved while the run lasted"));
  EXPECT_THAT(ended.err, Not(HasSubstr("201 of 201"))) << "nothing is dispatched once it is known";
}

TEST_F(FullDisk, M04_ARunWhoseRecordIsMovedEndsWith74AndIsResumedThere) {
  folder.file(
      "move.yaml",
      "ropewalk: 1\nname: move\nstages:\n  - {name: before, task: sim.echo, foreach: {range: 20}, with: {value: "
      "'${{ item }}'}}\n  - {name: moved, task: shell.run, needs: [before], with: {command: 'test ! -e "
      "small/records || mv small/records elsewhere'}}\n  - {name: after, task: sim.echo, needs: [moved], "
      "foreach: {range: 20}, with: {value: '${{ item }}'}}\n");
  const ProgramEnd ended = ropewalk({"run", "move.yaml", "--record-dir", root()}, "task");
  EXPECT_EQ(ended.exit_code, 74) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("it was removed or moved while the run lasted"));
  const std::string there = fs::directory_iterator(folder.path("elsewhere/runs"))->path();
  EXPECT_THAT(ropewalk({"show", there}).out, HasSubstr("before"));
  const ProgramEnd resumed = ropewalk({"resume", there}, "task");
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("stage 'before': 20 of 20 tasks kept"));
}

TEST_F(FullDisk, E15_ShowingARunWritesNothing) {
  if (!can_observe_calls()) GTEST_SKIP() << "no seccomp listener; twin: RecordFaults.E15";
  folder.file("few.yaml",
              "ropewalk: 1\nname: few\nstages:\n  - {name: e, task: sim.echo, foreach: {range: 9}, with: {value: '${{ "
              "item }}'}}\n");
  const auto observed = [&](std::vector<std::string> words) {
    return run_observed(ropewalk_words(std::move(words)),
                        {.folder = folder.path(),
                         .environment = {{"XDG_CONFIG_HOME", folder.path("home")},
                                         {"XDG_STATE_HOME", folder.path("home")},
                                         {"XDG_CACHE_HOME", folder.path("home")}}},
                        {});
  };
  ASSERT_EQ(ropewalk({"run", "few.yaml", "-q", "--record-dir", root()}).exit_code, 0);
  const std::string whole = run().string();
  std::vector<std::string> damaged;
  for (const char* how : {"cut", "flipped", "empty"}) {
    const std::string copy = folder.path(how);
    fs::create_directories(copy);
    std::string bytes = read_file(whole + "/run.db");
    if (*how == 'c') bytes.resize(bytes.size() / 2);
    if (*how == 'f') std::fill(bytes.begin() + 8192, bytes.begin() + 12288, '\xa5');
    if (*how == 'e') bytes.clear();
    std::ofstream(copy + "/run.db", std::ios::binary) << bytes;
    damaged.push_back(copy);
  }
  damaged.push_back(whole);
  for (const std::string& folder_of_run : damaged)
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"show", folder_of_run}, {"show", folder_of_run, "--json"}, {"why", folder_of_run, "e/0"}}) {
      const ObservedRun seen = observed(words);
      EXPECT_EQ(seen.end.signal, 0) << words[0] << seen.end.err;
      EXPECT_THAT(seen.end.exit_code, AnyOf(0, 1, 2, 74)) << words[0] << folder_of_run << seen.end.err;
      for (const char* call :
           {"write", "pwrite64", "ftruncate", "fallocate", "rename", "unlink", "mkdir", "fsync", "fdatasync"})
        EXPECT_FALSE(seen.calls.contains(call)) << words[0] << " " << folder_of_run << ": " << call;
    }
}

}  // namespace
}  // namespace ropewalk::test
