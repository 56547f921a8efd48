// Each file-system call that the engine makes for a recorded run is its last one, or fails once, or writes half of what
// was asked. The run then succeeds and is whole, or it ends with exit code 74 and a reason. It never hangs, crashes or
// looks like a success. Afterwards `show` reads the record and `resume` completes the run.
// ROPEWALK_EVERY_CALL=1 disturbs every call; otherwise each kind of call is disturbed at its first calls and at every
// eighth one after them.

#include "integration/call_faults.hpp"

#include <ropewalk/record.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

namespace ropewalk::test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

namespace fs = std::filesystem;

constexpr unsigned kFirst = 2, kStride = 8;

struct CallFaults : testing::Test {
  CallFaults() {
    folder.file("calls.yaml",
                "ropewalk: 1\nname: calls\nstages:\n"
                "  - {name: small, task: sim.echo, executor: thread, foreach: {range: 15}, with: {value: '${{ item "
                "}}'}}\n"
                "  - {name: large, task: sim.echo, executor: process, workers: 1, needs: [small], with: {value: " +
                    std::string(40'000, 'x') +
                    "}}\n"
                    "  - {name: last, task: sim.echo, executor: process, workers: 1, needs: [large], foreach: {range: "
                    "14}, with: {value: '${{ item }}'}}\n");
  }

  ObservedRun observe(std::vector<std::string> words, const CallFault& fault) {
    return run_observed(ropewalk_words(std::move(words)), {.folder = folder.path(), .environment = environment()},
                        fault);
  }
  ProgramEnd ropewalk(std::vector<std::string> words) const {
    return test::ropewalk(std::move(words), {.folder = folder.path(), .environment = environment()});
  }
  std::vector<std::pair<std::string, std::string>> environment() const {
    return {{"ROPEWALK_RECORD", ""},
            {"ROPEWALK_DURABILITY", short_run ? "batch" : "task"},
            {"ROPEWALK_FAILPOINTS", short_run ? "record.gather=err:EAGAIN" : ""},
            {"XDG_CONFIG_HOME", folder.path("home")},
            {"XDG_STATE_HOME", folder.path("home")},
            {"XDG_CACHE_HOME", folder.path("home")}};
  }
  void clear() const {
    for (const char* each : {".ropewalk", "results.jsonl", "resumed.jsonl"}) fs::remove_all(folder.path(each));
  }
  /// Null: there is none that can be read.
  std::unique_ptr<Record> record() const {
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(folder.path(".ropewalk/runs"), none))
      if (auto opened = open_record(entry.path())) return std::move(*opened);
    return nullptr;
  }

  /// Disturbs one call of `run` and looks at what is left. False: the run did not make that call.
  bool disturb(const CallFault& fault, const std::string& where) {
    clear();
    const ObservedRun run = observe({"run", "calls.yaml", "-q", "--results", "results.jsonl"}, fault);
    if (!run.reached) {
      EXPECT_EQ(run.end.exit_code, 0) << where << run.end.err;
      return false;
    }
    const std::string here = where + " of '" + fs::path(run.at).filename().string() + "': ";
    const std::string results = read_file(folder.path("results.jsonl"));
    if (fault.kind == CallFault::Kind::kill) {
      EXPECT_EQ(run.end.signal, SIGKILL) << here << run.end.err;
      EXPECT_THAT(results, AnyOf(std::string(), fresh)) << here << "E10: half of a file";
    } else {
      EXPECT_EQ(run.end.signal, 0) << here << run.end.err;
      EXPECT_THAT(run.end.exit_code, AnyOf(0, 74, code_before_run)) << here << run.end.err;
      if (run.end.exit_code != 0) {
        EXPECT_THAT(run.end.err, AnyOf(HasSubstr("error"), HasSubstr("cannot write"))) << here;
      }
    }
    const auto left = record();
    if (run.end.exit_code == 0) {
      EXPECT_EQ(results, fresh) << here << "a false success";
      if (!left) return ADD_FAILURE() << here << "a success without a record", true;
      const auto result = left->result();
      if (!result) return ADD_FAILURE() << here << result.error().list.front().message, true;
      std::uint64_t succeeded = 0;
      for (const StageResult& stage : result->stages) succeeded += stage.succeeded;
      EXPECT_EQ(succeeded, 30u) << here << "a false success";
      EXPECT_TRUE(left->check()) << here;
    }
    if (!left) {
      EXPECT_EQ(ropewalk({"run", "calls.yaml", "-q", "--results", "resumed.jsonl"}).exit_code, 0) << here;
    } else {
      const ProgramEnd shown = ropewalk({"show", "latest"});
      EXPECT_EQ(shown.signal, 0) << here;
      EXPECT_THAT(shown.err + shown.out, HasSubstr("small")) << here;
      const ProgramEnd resumed = ropewalk({"resume", "latest", "-q", "--results", "resumed.jsonl"});
      EXPECT_EQ(resumed.exit_code, 0) << here << resumed.err;
    }
    EXPECT_EQ(read_file(folder.path("resumed.jsonl")), fresh) << here;
    return true;
  }

  /// Disturbs the calls of these names, or of all others.
  void disturb_all(CallFault fault, const std::vector<std::string>& names) {
    if (!can_observe_calls()) GTEST_SKIP() << "no seccomp listener; twins: RecordFaults, the failpoints of the record";
    clear();
    const ObservedRun whole = observe({"run", "calls.yaml", "-q", "--results", "results.jsonl"}, {});
    ASSERT_EQ(whole.end.exit_code, 0) << whole.end.err;
    fresh = read_file(folder.path("results.jsonl"));
    ASSERT_EQ(lines_of(fresh).size(), 30u);
    const bool every = std::getenv("ROPEWALK_EVERY_CALL") != nullptr;
    unsigned made = 0, disturbed = 0;
    for (const auto& [name, count] : whole.calls) {
      made += count;
      if (!names.empty() && std::find(names.begin(), names.end(), name) == names.end()) continue;
      fault.call = name;
      for (unsigned nth = 1; nth <= count; ++nth) {
        if (!every && nth > kFirst && nth != count && nth % kStride != 0) continue;
        fault.nth = nth;
        disturbed += disturb(fault, name + " " + std::to_string(nth) + "/" + std::to_string(count));
      }
    }
    std::cout << "a run makes " << made << " calls; disturbed: " << disturbed << "\n";
    EXPECT_GT(disturbed, 0u);
  }

  const Folder folder;
  std::string fresh;
  bool short_run = false;    // its record is written at its end, in one piece
  int code_before_run = 74;  // the exit code if the call came before the run began
};

TEST_F(CallFaults, E01_E10_KilledAtAnyCallTheRunIsResumedToTheSameResults) {
  disturb_all({.kind = CallFault::Kind::kill}, {});
}

TEST_F(CallFaults, R01_R05_AFullDiskAtAnyCallEndsWith74OrHasNoEffect) {
  code_before_run = 4;  // a plugin that cannot be read is refused
  disturb_all({.kind = CallFault::Kind::error, .error = ENOSPC}, {});
}

TEST_F(CallFaults, R02_R04_AnInputOutputErrorAtAnyCallEndsWith74OrHasNoEffect) {
  code_before_run = 4;  // a plugin that cannot be read is refused
  disturb_all({.kind = CallFault::Kind::error, .error = EIO}, {});
}

TEST_F(CallFaults, R03_AnInterruptedCallEndsWith74OrHasNoEffect) {
  code_before_run = 4;  // a plugin that cannot be read is refused
  disturb_all({.kind = CallFault::Kind::error, .error = EINTR}, {});
}

TEST_F(CallFaults, R03_AWriteOfHalfOfTheBytesHasNoEffect) {
  disturb_all({.kind = CallFault::Kind::half}, {"write", "pwrite64"});
}

#if ROPEWALK_FAILPOINTS

struct CallFaultsOfAShortRun : CallFaults {
  CallFaultsOfAShortRun() { short_run = true; }
};

TEST_F(CallFaultsOfAShortRun, E01_E09_KilledAtAnyCallItIsResumedOrStartedAgainToTheSameResults) {
  disturb_all({.kind = CallFault::Kind::kill}, {});
}

TEST_F(CallFaultsOfAShortRun, R01_R02_AnErrorAtAnyCallEndsWith74OrHasNoEffect) {
  code_before_run = 4;  // a plugin that cannot be read is refused
  for (const int error : {ENOSPC, EIO, EINTR}) disturb_all({.kind = CallFault::Kind::error, .error = error}, {});
}

TEST_F(CallFaultsOfAShortRun, R03_AWriteOfHalfOfTheBytesHasNoEffect) {
  disturb_all({.kind = CallFault::Kind::half}, {"write", "pwrite64"});
}

#endif

}  // namespace
}  // namespace ropewalk::test
