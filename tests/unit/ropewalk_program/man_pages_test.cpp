// The man pages have what the help has: each command, option and key.

#include "command_words.hpp"
#include "language_help.hpp"
#include "man_pages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ropewalk::cli {
namespace {

using testing::Contains;
using testing::HasSubstr;

/// Without the marks of scdoc.
std::string plain(std::string text) {
  std::erase(text, '\\');
  return text;
}

TEST(ManPages, ThereIsOneForEachCommandWithItsOptions) {
  const std::vector<std::string> names = man_page_names();
  for (const CommandWords& command : command_words()) {
    std::string name = "ropewalk";
    for (const std::string& word : command.path) name += "-" + word;
    EXPECT_THAT(names, Contains(name + ".1"));
    const auto page = man_page(name + ".1");
    ASSERT_TRUE(page) << name;
    for (const OptionWords& option : command.options)
      for (const std::string& each : option.names) EXPECT_THAT(plain(*page), HasSubstr(each)) << name;
    EXPECT_THAT(*page, HasSubstr("# EXAMPLES\n\n```\n"));
  }
}

TEST(ManPages, TheLanguageHasEveryKeyWithItsHelp) {
  const std::string page = plain(man_page("ropewalk-workflow.5").value());
  for (const KeySection& section : key_sections())
    for (const auto& [key, help] : section.keys)
      EXPECT_THAT(page, HasSubstr("*" + key + "*\n\t" + plain(help))) << section.title;
}

TEST(ManPages, NoOtherPageExists) {
  EXPECT_FALSE(man_page("ropewalk-rnu.1"));
  EXPECT_FALSE(man_page(""));
  for (const std::string& name : man_page_names()) EXPECT_TRUE(man_page(name)) << name;
}

}  // namespace
}  // namespace ropewalk::cli
