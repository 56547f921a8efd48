// docs/security.md: each rule names the test that enforces it, and each of these tests exists.

#include "program.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <regex>
#include <set>

namespace ropewalk::test {
namespace {

std::set<std::string> tests_in(const std::string& text) {
  static const std::regex kTest(R"(\bTEST(_F|_P|)\s*\(\s*(\w+)\s*,\s*(\w+)\s*\))");
  std::set<std::string> found;
  for (std::sregex_iterator each(text.begin(), text.end(), kTest), end; each != end; ++each)
    found.insert((*each)[2].str() + "." + (*each)[3].str());
  return found;
}

/// Items of lists, each with its continuation lines.
std::vector<std::string> rules_in(const std::string& page) {
  std::vector<std::string> rules;
  bool open = false;
  for (const std::string& line : lines_of(page)) {
    if (line.starts_with("- ")) rules.emplace_back();
    open = line.starts_with("- ") || (open && line.starts_with("  "));
    if (open) rules.back() += line + "\n";
  }
  return rules;
}

TEST(SecurityPage, EachRuleNamesAnExistingTest) {
  std::set<std::string> tests;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(ROPEWALK_SOURCE "/tests"))
    if (entry.path().extension() == ".cpp") tests.merge(tests_in(read_file(entry.path().string())));
  ASSERT_GT(tests.size(), 500u);
  const std::string page = read_file(ROPEWALK_SOURCE "/docs/security.md");
  static const std::regex kName(R"(`([A-Z]\w+\.[A-Z]\w+)`)");
  std::size_t named = 0;
  for (std::sregex_iterator each(page.begin(), page.end(), kName), end; each != end; ++each, ++named)
    EXPECT_TRUE(tests.contains((*each)[1])) << "there is no test " << (*each)[1];
  EXPECT_GT(named, 20u);
  for (const std::string& rule : rules_in(page))
    EXPECT_TRUE(std::regex_search(rule, kName)) << "no test is named: " << rule;
}

/// Code that writes to a descriptor directly writes no text for people, or passes it through for_terminal().
TEST(SecurityPage, TextForPeopleIsWrittenInOnePlace) {
  const std::map<std::string, std::string> known{
      {"screen.cpp", "for_terminal"},         {"commands.cpp", "for_terminal"},
      {"main.cpp", "for_terminal"},           {"map_command.cpp", "for_terminal"},
      {"run_command.cpp", "append_run_json"}, {"show_command.cpp", "for_terminal"},
      {"standard_output.hpp", "class"},       {"standard_output.cpp", "class"},
      {"output_file.cpp", "class of JSON"},   {"output_file.hpp", "class of JSON"},
      {"crash_report.cpp", "constants"},      {"new_command.cpp", "files of the user"},
      {"live_writer.cpp", "text of Screen"},  {"new_files.cpp", "text of a plugin"}};
  static const std::regex kWrites(R"(FdSink|StandardOutput[^:]|\W::write\(|\bf?printf\(|\bfputs\(|std::(cout|cerr))");
  for (const auto& entry : std::filesystem::directory_iterator(ROPEWALK_SOURCE "/engine/programs/ropewalk")) {
    const std::string text = read_file(entry.path().string()), name = entry.path().filename().string();
    if (!std::regex_search(text, kWrites)) continue;
    const auto how = known.find(name);
    if (how == known.end())
      ADD_FAILURE() << name << " writes to a descriptor: let Screen::say() or print() do it";
    else if (how->second.starts_with("for_") || how->second.starts_with("append_")) {
      EXPECT_NE(text.find(how->second + "("), text.npos) << name;
    }
  }
}

}  // namespace
}  // namespace ropewalk::test
