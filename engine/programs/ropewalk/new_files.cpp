#include "new_files.hpp"

#include <ropewalk/version.hpp>

#include <utility>

namespace ropewalk::cli {
namespace {

constexpr std::string_view kCMake = R"(cmake_minimum_required(VERSION 3.25)
project(@NAME@ VERSION 0.1.0 LANGUAGES C CXX)

# The SDK: as the package ropewalk-plugin-dev installs it, below -DCMAKE_PREFIX_PATH=PREFIX, or in a source tree.
set(ROPEWALK_SOURCE "" CACHE PATH "A source tree of Ropewalk; empty: the installed SDK")
if(ROPEWALK_SOURCE)
  set(ROPEWALK_ENGINE OFF)
  add_subdirectory(${ROPEWALK_SOURCE} ropewalk)
else()
  find_package(Ropewalk @MAJOR_MINOR@ REQUIRED COMPONENTS plugin)
endif()

# Makes plugins/@NAME@.so in the build folder.
ropewalk_add_plugin(@NAME@ @SOURCE@)
target_compile_options(plugin_@NAME@ PRIVATE -Wall -Wextra)

# The tasks in the test's own process, on a fake host.
enable_testing()
add_executable(@NAME@_test tests/@NAME@_test.cpp @SOURCE@)
target_link_libraries(@NAME@_test PRIVATE Ropewalk::plugin)
target_compile_options(@NAME@_test PRIVATE -Wall -Wextra)
add_test(NAME tasks COMMAND @NAME@_test)

# The plugin in real hosts, where ropewalk is installed.
find_program(ROPEWALK ropewalk HINTS ${Ropewalk_BINDIR})
if(ROPEWALK)
  add_test(NAME check COMMAND ${ROPEWALK} plugins check $<TARGET_FILE:plugin_@NAME@>)
  add_test(NAME example COMMAND ${ROPEWALK} run ${CMAKE_CURRENT_SOURCE_DIR}/workflows/example.yaml
    --plugins $<TARGET_FILE_DIR:plugin_@NAME@>)
endif()
)";

constexpr std::string_view kCpp = R"(// The plugin '@NAME@': its task types, and how workflows see them.
#include <ropewalk/sdk/task.hpp>

#include <string>

namespace {

/// Each task gets a struct of its own, whose members are its parameters.
struct Greet {
  std::string name;
  int times = 1;

  struct Result {
    std::string text;
  };

  /// What it throws is why the task fails. Work that can stop early asks `call` whether to stop.
  Result run(ropewalk::Call& call) const {
    if (name.empty()) throw ropewalk::Permanent("cannot greet: 'name' is empty");
    Result result;
    for (int i = 0; i < times; ++i) {
      call.stop_if_cancelled();
      result.text += (i == 0 ? "Hello, " : " Hello, ") + name + "!";
    }
    return result;
  }

  static void describe(ropewalk::TaskType<Greet>& task) {
    task.summary("Greets somebody.")
        .thread_safe()
        .stops()
        .param("name", &Greet::name, "whom to greet")
        .option("times", &Greet::times, "how often").range(1, 100)
        .result("text", &Result::text, "the greeting");
  }
};

}  // namespace

ROPEWALK_PLUGIN("@NAME@", "0.1.0", ropewalk::task<Greet>("greet"))
)";

constexpr std::string_view kC =
    R"(/* The plugin '@NAME@': its task types, and how workflows see them. abi.h says for each function who may call it. */
#include <ropewalk/sdk/abi.h>

#include <stdio.h>
#include <string.h>

enum { PARAM_NAME, PARAM_TIMES };
enum { RESULT_TEXT };

static void describe(const ropewalk_host* host, ropewalk_types* types) {
  const ropewalk_task_info info = {
      .struct_size = sizeof info, .flags = ROPEWALK_TASK_THREAD_SAFE | ROPEWALK_TASK_STOPS, .summary = "Greets somebody."};
  const ropewalk_field name = {.struct_size = sizeof name,
                               .flags = ROPEWALK_FIELD_REQUIRED,
                               .name = "name",
                               .type = ROPEWALK_TYPE_TEXT,
                               .help = "whom to greet"};
  const ropewalk_field times = {.struct_size = sizeof times,
                                .name = "times",
                                .type = ROPEWALK_TYPE_INT,
                                .default_value = "1",
                                .minimum = "1",
                                .maximum = "100",
                                .help = "how often"};
  const ropewalk_field text = {
      .struct_size = sizeof text, .name = "text", .type = ROPEWALK_TYPE_TEXT, .help = "the greeting"};
  host->task_info(types, &info);
  host->param(types, &name);
  host->param(types, &times);
  host->result(types, &text);
}

static int32_t fail(const ropewalk_host* host, ropewalk_call* call, int32_t kind, const char* why) {
  const ropewalk_text text = {why, strlen(why)};
  host->fail(call, kind, text);
  return ROPEWALK_FAILED;
}

static int32_t run(const ropewalk_host* host, ropewalk_call* call, void* worker) {
  (void)worker;
  const ropewalk_text name = host->param_text(call, PARAM_NAME);
  const int is_given = host->param_type(call, PARAM_TIMES) != ROPEWALK_TYPE_ABSENT;
  const int64_t times = is_given ? host->param_int(call, PARAM_TIMES) : 1;
  if (name.size == 0) return fail(host, call, ROPEWALK_FAIL_PERMANENT, "cannot greet: 'name' is empty");
  char greeting[4096];
  size_t size = 0;
  for (int64_t i = 0; i < times; ++i) {
    if (host->cancelled(call)) return fail(host, call, ROPEWALK_FAIL_STOPPED, "stopped");
    const int added = snprintf(greeting + size, sizeof greeting - size, "%sHello, %.*s!", i == 0 ? "" : " ", (int)name.size, name.data);
    if (added < 0 || (size_t)added >= sizeof greeting - size) {
      return fail(host, call, ROPEWALK_FAIL_PERMANENT, "cannot greet: the greeting is too long");
    }
    size += (size_t)added;
  }
  const ropewalk_text text = {greeting, size};
  host->result_text(call, RESULT_TEXT, text);
  return ROPEWALK_OK;
}

static const ropewalk_task_type greet = {.struct_size = sizeof greet, .name = "greet", .describe = describe, .run = run};
static const ropewalk_task_type* const types[] = {&greet};
static const ropewalk_plugin plugin = {.struct_size = sizeof plugin,
                                       .abi_minor = ROPEWALK_ABI_MINOR,
                                       .task_type_count = 1,
                                       .name = "@NAME@",
                                       .version = "0.1.0",
                                       .task_types = types};

const ropewalk_plugin* ropewalk_plugin_v1(void) { return &plugin; }
)";

constexpr std::string_view kTest = R"(// The tasks of '@NAME@' on the SDK's fake host: no engine, no process.
#include <ropewalk/sdk/fake_host.hpp>

#include <cstdio>
#include <string>

namespace {

int failures = 0;

void expect(bool truth, const std::string& what) {
  if (truth) return;
  ++failures;
  std::fprintf(stderr, "failed: %s\n", what.c_str());
}

}  // namespace

int main() {
  ropewalk::FakeHost host(ropewalk_plugin_v1());

  const ropewalk::FakeOutcome twice = host.run("greet", {{"name", "Ada"}, {"times", 2}});
  expect(twice.succeeded, "a greeting succeeds: " + twice.message);
  expect(twice.succeeded && twice.text("text") == "Hello, Ada! Hello, Ada!", "it greets as often as 'times' says");
  expect(twice.faults.empty(), "it breaks no rule of the host");

  const ropewalk::FakeOutcome nobody = host.run("greet", {{"name", ""}});
  expect(!nobody.succeeded && nobody.message == "cannot greet: 'name' is empty", "an empty name fails with its reason");

  const ropewalk::FakeOutcome stopped = host.run("greet", {{"name", "Ada"}, {"times", 3}}, {.cancel_at_check = 2});
  expect(!stopped.succeeded, "it stops when it is asked to");
  return failures == 0 ? 0 : 1;
}
)";

constexpr std::string_view kExample = R"(ropewalk: 1
name: @NAME@-example
stages:
  - name: greet
    task: @NAME@.greet
    foreach: [Ada, Grace, Barbara]
    with: {name: "${{ item }}", times: 2}
)";

constexpr std::string_view kReadme = R"(# @NAME@

A plugin for Ropewalk. Its task type `@NAME@.greet` greets somebody.

```sh
cmake -S . -B build -G Ninja          # -DCMAKE_PREFIX_PATH=PREFIX if Ropewalk is installed elsewhere
cmake --build build                   # makes build/plugins/@NAME@.so
ctest --test-dir build                # the tasks on a fake host, and in real ones where ropewalk is installed
ropewalk run workflows/example.yaml --plugins build/plugins
```

| file | content |
|---|---|
| `@SOURCE@` | the task types |
| `tests/@NAME@_test.cpp` | their tests |
| `workflows/example.yaml` | a workflow that runs them |

`man ropewalk-plugin` describes plugins. `ropewalk plugins show @NAME@ --plugins build/plugins` describes this one.
To install it for yourself: `cp build/plugins/@NAME@.so ~/.local/share/ropewalk/plugins/`
)";

constexpr std::string_view kPython =
    R"("""The plugin '@NAME@': its tasks are functions. sdk/python/README.md of Ropewalk describes what they can say."""

from dataclasses import dataclass
from typing import Annotated

import ropewalk

__version__ = "0.1.0"


@dataclass
class Greeting:
    """What greet returns.

    Attributes:
        text: the greeting
    """

    text: str


@ropewalk.task(thread_safe=True)
def greet(name: str, times: Annotated[int, ropewalk.Range(1, 100)] = 1) -> Greeting:
    """Greets somebody.

    Args:
        name: whom to greet
        times: how often
    """
    if not name:
        raise ropewalk.Permanent("cannot greet: 'name' is empty")
    greetings = []
    for turn in range(times):
        ropewalk.call().progress(turn / times)
        greetings.append(f"Hello, {name}!")
    return Greeting(" ".join(greetings))
)";

constexpr std::string_view kPythonTest =
    R"("""The tasks of '@NAME@' as plain functions: no engine, no process."""

import importlib
import pathlib
import sys
import unittest

import ropewalk

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
tasks = importlib.import_module("@NAME@")


class GreetTest(unittest.TestCase):
    def test_it_greets_as_often_as_times_says(self) -> None:
        with ropewalk.fake_call() as call:
            self.assertEqual(tasks.greet("Ada", 2).text, "Hello, Ada! Hello, Ada!")
        self.assertEqual([fraction for fraction, note in call.progresses], [0.0, 0.5])

    def test_an_empty_name_fails_with_its_reason(self) -> None:
        with self.assertRaisesRegex(ropewalk.Permanent, "'name' is empty"):
            tasks.greet("")


if __name__ == "__main__":
    unittest.main()
)";

constexpr std::string_view kPythonExample = R"(ropewalk: 1
name: @NAME@-example
plugins: {path: [..]}
stages:
  - name: greet
    task: @NAME@.greet
    foreach: [Ada, Grace, Barbara]
    with: {name: "${{ item }}", times: 2}
)";

constexpr std::string_view kPythonReadme = R"(# @NAME@

A plugin for Ropewalk. Its task type `@NAME@.greet` greets somebody.

```sh
ropewalk run workflows/example.yaml
ropewalk plugins check ./@NAME@.py    # runs each task as hosts do, and names what is wrong
python3 -m unittest discover tests    # the tasks as plain functions
```

The tests import `ropewalk`. Where the Debian package `python3-ropewalk` is not installed, set
`PYTHONPATH=PREFIX/lib/ropewalk/python`.

| file | content |
|---|---|
| `@NAME@.py` | the tasks |
| `tests/test_tasks.py` | their tests |
| `workflows/example.yaml` | a workflow that runs them |

`ropewalk plugins show @NAME@ --plugins .` describes the plugin, and names the interpreter that runs it.
To install it for yourself: `cp @NAME@.py ~/.local/share/ropewalk/plugins/`
)";

constexpr std::string_view kWorkflow = R"(ropewalk: 1
name: @NAME@
description: Hashes every file of a folder, and writes a manifest that sha256sum -c accepts.
params:
  root: {type: path, default: ., help: the folder}
  out: {type: path, default: SHA256SUMS, help: the manifest}
stages:
  - name: hash
    task: file.checksum                 # 'ropewalk plugins show file' prints its parameters
    foreach: {glob: "${{ params.root }}/*", exclude: ["${{ params.out }}"]}
    with: {path: "${{ item }}"}
    retries: 2
  - name: manifest                      # starts when hash has ended
    task: file.write
    with: {path: "${{ params.out }}", lines: "${{ stages.hash.results[*].line }}"}
)";

/// Replaces the marks by the name and the texts that depend on it.
std::string filled(std::string_view text, std::string_view name, std::string_view source = {}) {
  const std::string_view version = program_version();
  const std::string_view major_minor = version.substr(0, version.rfind('.'));
  std::string out;
  while (!text.empty()) {
    bool found = false;
    for (const auto& [mark, value] : {std::pair<std::string_view, std::string_view>("@NAME@", name),
                                      {"@SOURCE@", source},
                                      {"@MAJOR_MINOR@", major_minor}}) {
      if (!text.starts_with(mark)) continue;
      out += value;
      text.remove_prefix(mark.size());
      found = true;
    }
    if (found) continue;
    out += text.front();
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace

std::vector<NewFile> new_plugin_files(std::string_view name, PluginLanguage language) {
  if (language == PluginLanguage::python)
    return {{std::string(name) + ".py", filled(kPython, name)},
            {"tests/test_tasks.py", filled(kPythonTest, name)},
            {"workflows/example.yaml", filled(kPythonExample, name)},
            {"README.md", filled(kPythonReadme, name)},
            {".gitignore", "__pycache__/\n"}};
  const bool c = language == PluginLanguage::c;
  const std::string source = std::string(name) + (c ? ".c" : ".cpp");
  return {{"CMakeLists.txt", filled(kCMake, name, source)},
          {source, filled(c ? kC : kCpp, name)},
          {"tests/" + std::string(name) + "_test.cpp", filled(kTest, name)},
          {"workflows/example.yaml", filled(kExample, name)},
          {"README.md", filled(kReadme, name, source)},
          {".gitignore", "/build/\n"}};
}

std::string new_workflow_text(std::string_view name) { return filled(kWorkflow, name); }

}  // namespace ropewalk::cli
