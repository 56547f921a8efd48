// Broken workflows stored in diagnostics/, each with its exact messages. After a message changes, review all of them:
// with ROPEWALK_KEEP_MISTAKES=1 in the environment, this test writes the current messages.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace ropewalk::test {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(ROPEWALK_SOURCE) / "tests/integration/diagnostics";

std::vector<std::filesystem::path> files_with(const std::string& ending) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder))
    if (entry.path().extension() == ending) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// The searched plugin folders differ between machines.
std::string said(const ProgramEnd& ended) {
  std::string out;
  std::istringstream in(ended.err);
  for (std::string line; std::getline(in, line);) {
    if (line.find("= looked for ") != line.npos) line.erase(line.find(" in: ") + 4);
    out += line + "\n";
  }
  return out;
}

TEST(KeptMistakes, AreReportedByteForByte) {
  const bool keep = std::getenv("ROPEWALK_KEEP_MISTAKES") != nullptr;
  for (const std::filesystem::path& file : files_with(".yaml")) {
    const ProgramEnd ended = ropewalk({"validate", file.filename().string()},
                                      {.folder = kFolder, .environment = {{"ROPEWALK_PLUGIN_PATH", ""}}});
    EXPECT_THAT(ended.exit_code, testing::AnyOf(3, 4)) << file << ended.err;
    EXPECT_EQ(ended.out, "") << file;
    const std::filesystem::path kept = std::filesystem::path(file).replace_extension(".txt");
    if (keep) std::ofstream(kept, std::ios::binary) << said(ended);
    EXPECT_EQ(said(ended), read_file(kept.string())) << file;
  }
}

TEST(KeptMistakes, AreNumerousAndAllAreTested) {
  const auto broken = files_with(".yaml"), told = files_with(".txt");
  EXPECT_GE(broken.size(), 60u);
  EXPECT_EQ(broken.size(), told.size()) << "a text without its workflow, or the other way round";
}

/// Codes that no small broken file shows: sizes, numbers of files, warnings, a task type that is not shipped. Unit
/// tests cover them.
const std::set<std::string> kElsewhere = {"W103", "W116", "W214", "W221", "W222", "W225", "W226", "W227", "W234"};

TEST(KeptMistakes, CoverEveryCodeOfWorkflows) {
  std::set<std::string> shown = kElsewhere;
  for (const std::filesystem::path& file : files_with(".txt")) {
    const std::string text = read_file(file.string());
    for (std::size_t at = 0; (at = text.find("error[", at)) != text.npos; at += 6) shown.insert(text.substr(at + 6, 4));
  }
  std::vector<std::string> missing;
  const std::string codes = read_file(std::string(ROPEWALK_SOURCE) + "/engine/include/ropewalk/codes.hpp");
  for (std::size_t at = 0; (at = codes.find("= \"W", at)) != codes.npos; at += 4)
    if (const std::string code = codes.substr(at + 3, 4); !shown.contains(code)) missing.push_back(code);
  EXPECT_THAT(missing, testing::IsEmpty()) << "write a broken workflow that shows it into " << kFolder;
}

}  // namespace
}  // namespace ropewalk::test
