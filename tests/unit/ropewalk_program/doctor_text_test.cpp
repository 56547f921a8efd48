// `doctor` and `doctor --json`: whole texts. The JSON is a contract.

#include "doctor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ropewalk::cli {
namespace {

using testing::HasSubstr;

DoctorReport report() {
  DoctorReport made;
  made.programs = {{.name = "ropewalk", .file = "/p/bin/ropewalk", .version = "0.1.0"},
                   {.name = "ropewalk-host",
                    .file = "/p/libexec/ropewalk/ropewalk-host",
                    .version = "9.9.9",
                    .problem = "another version"}};
  made.paths = {{"helpers", "/p/libexec/ropewalk"}, {"project's settings", {}}};
  made.cores = {.online = 8, .affinity = 4, .usable = 2};
  made.memory_bytes = 3u << 20;
  made.group_problem = "/sys/fs/cgroup: Permission denied";
  made.limits = {{"memory", false, "by measuring"}};
  made.plugins = {
      {.name = "sim", .version = "1.0.0", .file = "/p/lib/sim.so", .ships = true},
      {.name = "bad\x1b", .version = {}, .file = {}, .ships = false, .code = "P104", .problem = "it is damaged"}};
  made.tools = {{"python3", "/usr/bin/python3"}, {"srun", {}}};
  made.terminal = {.input = true, .output = false, .error = true, .color = true, .width = 80, .type = "xterm"};
  made.problems = {"ropewalk-host is of another version"};
  return made;
}

TEST(Doctor, JsonHasEverythingThatWasFound) {
  EXPECT_EQ(
      doctor_json(report()),
      R"({"schema": 1, "ropewalk": "0.1.0", "abi": "1.1", "language": 1, "works": false, "problems": ["ropewalk-host is of another version"], )"
      R"("programs": [{"name": "ropewalk", "file": "/p/bin/ropewalk", "version": "0.1.0"}, )"
      R"({"name": "ropewalk-host", "file": "/p/libexec/ropewalk/ropewalk-host", "version": "9.9.9", "problem": "another version"}], )"
      R"("paths": [{"name": "helpers", "file": "/p/libexec/ropewalk"}, {"name": "project's settings"}], )"
      R"("cores": {"usable": 2, "affinity": 4, "online": 8}, "memory_bytes": 3145728, "control_groups": {"problem": "/sys/fs/cgroup: Permission denied"}, )"
      R"("limits": [{"name": "memory", "held": false, "how": "by measuring"}], )"
      R"("plugins": [{"name": "sim", "version": "1.0.0", "file": "/p/lib/sim.so", "ships": true}, )"
      R"({"name": "bad\u001b", "ships": false, "code": "P104", "problem": "it is damaged"}], )"
      R"("tools": [{"name": "python3", "file": "/usr/bin/python3"}, {"name": "srun"}], )"
      R"("terminal": {"input": true, "output": false, "error": true, "color": true, "width": 80, "type": "xterm"}})"
      "\n");
}

TEST(Doctor, TextNamesEachProblemLastAndShowsNoControlCharacters) {
  const std::string text = doctor_text(report());
  EXPECT_THAT(text, HasSubstr("  ropewalk-host  FAILS  another version\n"));
  EXPECT_THAT(text, HasSubstr("  control groups  cannot be made: /sys/fs/cgroup: Permission denied\n"));
  EXPECT_THAT(text, HasSubstr("  memory  in part  by measuring\n"));
  EXPECT_THAT(text, HasSubstr("  bad\\x1b  P104   it is damaged\n"));
  EXPECT_THAT(text, HasSubstr("  srun     not found\n"));
  EXPECT_TRUE(text.ends_with("problem: ropewalk-host is of another version\n")) << text;
  DoctorReport good = report();
  good.problems.clear();
  EXPECT_TRUE(doctor_text(good).ends_with("all that a run needs works\n"));
}

}  // namespace
}  // namespace ropewalk::cli
