// The examples of sdk/README.md compile with the commands shown there, and work.

#include "abi/command.hpp"

#include <ropewalk/sdk/fake_host.hpp>

#include <dlfcn.h>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

struct Block {
  std::string language, text;
};

std::vector<Block> blocks() {
  std::ifstream file(SDK_FOLDER "/README.md");
  std::vector<Block> found;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("```")) {
      if (inside) found.back().text += line + "\n";
    } else {
      inside = !inside;
      if (inside) found.push_back({line.substr(3), ""});
    }
  }
  return found;
}

/// The first line of a block has its file name: `// hello.cpp` or `/* double.c */`.
std::string name_of(const Block& block) {
  const std::size_t end = block.text.find_first_of(" \n", 3);
  return block.text.substr(3, end - 3);
}

/// A folder like that of a reader who follows the text: the blocks as files, and `sdk`.
class Readme : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "ropewalk-readme-XXXXXX").native();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder = pattern;
    std::filesystem::create_directory_symlink(SDK_FOLDER, folder / "sdk");
    for (const Block& block : blocks())
      if (block.language == "cpp" || block.language == "c") std::ofstream(folder / name_of(block)) << block.text;
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  Ran in_folder(const std::string& command) const { return run_command("cd '" + folder.native() + "' && " + command); }

  const ropewalk_plugin* load(const std::string& name) const {
    void* library = dlopen((folder / name).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return ADD_FAILURE() << dlerror(), nullptr;
    return reinterpret_cast<ropewalk_plugin_entry>(dlsym(library, ROPEWALK_ENTRY_SYMBOL))();
  }

  std::filesystem::path folder;
};

TEST_F(Readme, EveryCompilerCommandWorksAsShown) {
  int commands = 0;
  for (const Block& block : blocks()) {
    if (block.language != "sh" || block.text.find("-I sdk/include") == std::string::npos) continue;
    const Ran ran = in_folder(block.text);
    EXPECT_EQ(ran.code, 0) << block.text << ran.output;
    ++commands;
  }
  EXPECT_EQ(commands, 3);

  ropewalk::FakeHost hello(load("hello.so"));
  EXPECT_EQ(hello.run("greet", {{"name", "Ada"}}).text("text"), "Hello, Ada! ");
  ropewalk::FakeHost twice(load("double.so"));
  EXPECT_EQ(twice.run("twice", {{"number", 21}}).integer("twice"), 42);
  EXPECT_EQ(twice.run("twice", {{"number", INT64_MAX}}).message, "the double does not fit into 64 bits");
}

TEST_F(Readme, ThePluginWithAWorkerCompilesWithoutAWarningAndRuns) {
  const Ran ran =
      in_folder(CXX_COMPILER " -std=c++20 -shared -fPIC -Wall -Wextra -Werror -I sdk/include digits.cpp -o digits.so");
  ASSERT_EQ(ran.code, 0) << ran.output;
  ropewalk::FakeHost digits(load("digits.so"));
  const ropewalk::FakeOutcome outcome = digits.run("roll");
  EXPECT_TRUE(outcome.succeeded) << outcome.message;
  EXPECT_TRUE(outcome.faults.empty());
}

TEST_F(Readme, TheShownPluginKeepsItsTablesToItself) {
  ASSERT_EQ(in_folder(CXX_COMPILER " -std=c++20 -shared -fPIC -I sdk/include hello.cpp -o hello.so").code, 0);
  // Symbols of kind u are shared by all libraries of a process, whatever RTLD_LOCAL says.
  EXPECT_EQ(in_folder("nm -D -C hello.so | grep ' u ' | grep ropewalk").output, "");
}

}  // namespace
