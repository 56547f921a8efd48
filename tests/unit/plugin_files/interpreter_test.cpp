#include "plugin_files/interpreter.hpp"

#include "base/fd.hpp"
#include "support/scratch.hpp"

#include <ropewalk/codes.hpp>

#include <gmock/gmock.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <string>

namespace ropewalk {
namespace {

namespace fs = std::filesystem;
using test::Scratch;
using testing::HasSubstr;

/// A variable of the environment for the time of a test.
class Variable {
 public:
  Variable(const char* name, const std::optional<std::string>& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    set(value);
  }
  ~Variable() { set(before_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  void set(const std::optional<std::string>& value) const {
    value ? ::setenv(name_, value->c_str(), 1) : ::unsetenv(name_);
  }
  const char* name_;
  std::optional<std::string> before_;
};

/// A plugin in a project, and programs that are called as interpreters are.
class InterpreterTest : public testing::Test {
 protected:
  fs::path program(const fs::path& name) {
    fs::create_directories((folder_ / name).parent_path());
    folder_.write(name, "#!/bin/sh\n");
    ::chmod((folder_ / name).c_str(), 0755);
    return folder_ / name;
  }
  Result<Interpreter> choose(const std::string& text, const InterpreterRequest& request = {}) {
    fs::create_directories(folder_ / "project/plugins");
    folder_.write("project/plugins/tasks.py", text);
    const fs::path file = folder_ / "project/plugins/tasks.py";
    const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    return find_interpreter(file, fd.get(), request);
  }

  const Scratch folder_;
  const fs::path in_path_ = program("bin/python3");
  const Variable path_{"PATH", (folder_ / "bin").string()}, environment_{"VIRTUAL_ENV", std::nullopt};
};

TEST_F(InterpreterTest, ThatOfPathIsTheLastOne) {
  const Interpreter found = choose("import ropewalk\n").value();
  EXPECT_EQ(found.program, in_path_);
  EXPECT_EQ(found.chosen_by, "PATH");
  const fs::path other = program("bin/python3.12");
  EXPECT_EQ(choose("#!/usr/bin/env python3.12\nimport ropewalk\n").value().program, other);
  EXPECT_EQ(choose("#!/usr/bin/env -S python3.12 -O\n").value().program, other);
  EXPECT_EQ(choose("#!" + other.string() + "\n").value().program, other);
  EXPECT_EQ(choose("#!" + other.string() + "\n").value().chosen_by, "its first line");
}

TEST_F(InterpreterTest, AProjectsEnvironmentComesBeforeTheFirstLine) {
  const fs::path own = program("project/.venv/bin/python");
  EXPECT_EQ(choose("").value().program, in_path_) << "no pyproject.toml";
  folder_.write("project/pyproject.toml", "");
  EXPECT_EQ(choose("#!/usr/bin/env python3.12\n").value().program, own);
  EXPECT_EQ(choose("").value().chosen_by, (folder_ / "project/pyproject.toml").string());
  folder_.write("project/plugins/pyproject.toml", "");
  EXPECT_EQ(choose("").value().program, in_path_) << "the nearest project has no environment";
}

TEST_F(InterpreterTest, AnActiveEnvironmentComesBeforeTheProjects) {
  program("project/.venv/bin/python");
  folder_.write("project/pyproject.toml", "");
  const fs::path active = program("active/bin/python");
  const Variable environment("VIRTUAL_ENV", (folder_ / "active").string());
  EXPECT_EQ(choose("").value().program, active);
  EXPECT_EQ(choose("").value().chosen_by, "VIRTUAL_ENV");
}

TEST_F(InterpreterTest, ARequestComesFirst) {
  const fs::path active = program("active/bin/python"), other = program("other/bin/python");
  const Variable environment("VIRTUAL_ENV", (folder_ / "active").string());
  EXPECT_EQ(choose("", {.by_program = other}).value().program, other);
  EXPECT_EQ(choose("", {.by_workflow = other, .by_program = in_path_}).value().program, other);
  EXPECT_EQ(choose("", {.by_workflow = folder_ / "other"}).value().program, other) << "an environment's folder";
  EXPECT_EQ(choose("", {.by_workflow = "python3"}).value().program, in_path_) << "a name";
}

TEST_F(InterpreterTest, WhatIsNamedMustBeThere) {
  const auto problem = [&](const InterpreterRequest& request, const std::string& text = "") {
    const auto found = choose(text, request);
    EXPECT_FALSE(found);
    EXPECT_EQ(found.error().list.at(0).code, codes::kNoPython);
    return found.error().list.at(0).message;
  };
  EXPECT_THAT(problem({.by_workflow = "/no/python"}),
              HasSubstr("/no/python, which 'python' of the workflow names, is not a program"));
  EXPECT_THAT(problem({.by_workflow = "python9"}), HasSubstr("no program 'python9'"));
  EXPECT_THAT(problem({}, "#!/usr/bin/env python9\n"), HasSubstr("which its first line names"));
  const Variable environment("VIRTUAL_ENV", (folder_ / "gone").string());
  EXPECT_THAT(problem({}), HasSubstr("which VIRTUAL_ENV names"));
}

TEST_F(InterpreterTest, NoPythonAtAllIsAnError) {
  const Variable path("PATH", "/nowhere");
  const auto found = choose("");
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().list.at(0).message, HasSubstr("it is written in Python, and no python3 is in PATH"));
}

TEST_F(InterpreterTest, TheIdentityChangesWithTheProgramAndItsEnvironment) {
  const fs::path own = program("own/bin/python");
  const std::string first = choose("", {.by_workflow = own}).value().identity;
  EXPECT_THAT(first, HasSubstr(own.string()));
  EXPECT_EQ(choose("", {.by_workflow = own}).value().identity, first);
  folder_.write("own/pyvenv.cfg", "version = 3.12\n");
  const std::string second = choose("", {.by_workflow = own}).value().identity;
  EXPECT_NE(second, first);
  folder_.write("own/bin/python", "#!/bin/sh\n# another one\n");
  EXPECT_NE(choose("", {.by_workflow = own}).value().identity, second);
}

}  // namespace
}  // namespace ropewalk
