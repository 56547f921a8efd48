// `cores` of a stage: how many tasks run at once, what their commands are told, and the jobs of real makes.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <sched.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace ropewalk::test {
namespace {

using nlohmann::json;

/// The variable as each task of a stage sees it, with spaces between.
std::string seen(const std::string& variable, const std::string& keys,
                 std::vector<std::pair<std::string, std::string>> environment = {}) {
  const Folder folder;
  const std::string file =
      folder.file("w.yaml", "ropewalk: 1\nstages:\n  - {name: a, task: shell.run, executor: process, " + keys +
                                ", with: {command: \"printf %s \\\"${" + variable + "-none}\\\"\"}}\n");
  const ProgramEnd ended = ropewalk({"run", file, "--no-record", "--results", "-"}, {.environment = environment});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  std::string values;
  for (const std::string& line : lines_of(ended.out))
    values += (values.empty() ? "" : " ") + json::parse(line)["value"]["stdout"].get<std::string>();
  return values;
}

TEST(Cores, LibrariesAreToldUnlessTheUserHasSaidSomethingElse) {
  EXPECT_EQ(seen("OMP_NUM_THREADS", "cores: 1"), "1");
  EXPECT_EQ(seen("GOMAXPROCS", "cores: 1"), "1");
  EXPECT_EQ(seen("OMP_NUM_THREADS", "workers: 1"), "none") << "nothing is said";
  EXPECT_EQ(seen("OMP_NUM_THREADS", "cores: 1, env: {OMP_NUM_THREADS: 7}"), "7");
  EXPECT_EQ(seen("OMP_NUM_THREADS", "cores: 1", {{"OMP_NUM_THREADS", "9"}}), "9");
}

TEST(Cores, CommandsAreClientsOfAJobserverUnlessTheUserHasSaidSomethingElse) {
  EXPECT_EQ(seen("MAKEFLAGS", "cores: 1"), " -j --jobserver-auth=3,4");
  EXPECT_EQ(seen("MAKEFLAGS", "workers: 1"), "none");
  EXPECT_EQ(seen("MAKEFLAGS", "cores: 1, env: {MAKEFLAGS: k}"), "k");
}

/// Each job writes a line when it begins and one when it ends, in the order in which that happened.
constexpr const char* kMakefile =
    "JOBS := 1 2 3 4 5 6\n"
    "all: $(JOBS)\n"
    "$(JOBS):\n"
    "\t@echo begin >> ../log; for i in 1 2 3 4 5 6 7 8 9; do ls / > /dev/null; done; echo end >> ../log\n"
    ".PHONY: all $(JOBS)\n";

int usable_cores() {
  cpu_set_t set;
  return ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

/// Builds eight projects with make, and returns how many of their jobs ran at once at most.
int most_jobs(const std::string& keys) {
  const Folder folder;
  for (int project = 0; project < 8; ++project) {
    std::filesystem::create_directory(folder.path("p" + std::to_string(project)));
    folder.file("p" + std::to_string(project) + "/Makefile", kMakefile);
  }
  const std::string file =
      folder.file("w.yaml", "ropewalk: 1\nstages:\n  - {name: build, task: shell.run, cores: 1, " + keys +
                                "foreach: {range: 8}, with: {argv: [make, -s, -C, \"p${{ item }}\"]}}\n");
  const ProgramEnd ended = ropewalk({"run", file, "--no-record"}, {.folder = folder.path()});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  int running = 0, most = 0, jobs = 0;
  for (const std::string& line : lines_of(read_file(folder.path("log")))) {
    running += line == "begin" ? 1 : -1;
    most = std::max(most, running);
    jobs += line == "begin";
  }
  EXPECT_EQ(jobs, 48);
  EXPECT_EQ(running, 0);
  return most;
}

TEST(Cores, EightMakesNeverRunMoreJobsThanThereAreCores) { EXPECT_LE(most_jobs(""), usable_cores()); }

TEST(Cores, OneMakeUsesTheCoresThatNoOtherTaskUses) {
  const int most = most_jobs("workers: 1, ");
  EXPECT_LE(most, usable_cores());
  EXPECT_GE(most, std::min(usable_cores(), 2));
}

}  // namespace
}  // namespace ropewalk::test
