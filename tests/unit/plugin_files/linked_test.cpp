#include "plugin_files/linked.hpp"

#include <ropewalk/codes.hpp>

#include <gmock/gmock.h>

namespace ropewalk {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const ropewalk_plugin* no_entry() { return nullptr; }

constexpr ropewalk_linked_plugin named(const char* name) {
  return {sizeof(ropewalk_linked_plugin), 0, name, no_entry, nullptr};
}

const ropewalk_linked_plugin kOne = named("one"), kTwo = named("two"), kAgain = named("two"), kBad = named("No Name"),
                             kNone = named(nullptr);
const ropewalk_linked_plugin* const kAll[] = {&kTwo, &kOne, &kBad, &kAgain, &kNone};

TEST(LinkedList, IsEmptyInAProgramWithoutLinkedPlugins) { EXPECT_THAT(linked_plugins(), IsEmpty()); }

TEST(LinkedList, FindsByNameAndRefusesANameThatSeveralHave) {
  EXPECT_EQ(find_linked(kAll, "one").value(), &kOne);
  EXPECT_EQ(find_linked(kAll, "three").value(), nullptr);
  const auto two = find_linked(kAll, "two");
  ASSERT_FALSE(two);
  EXPECT_EQ(two.error().list.front().code, codes::kPluginAmbiguous);
}

TEST(LinkedList, HasEachNameOnceAndNoneThatNoWorkflowCanHave) {
  EXPECT_THAT(names_of(kAll), ElementsAre("one", "two"));
}

TEST(LinkedProgram, HasOtherLibrariesOnlyIfThoseBehindItsOwnFileDiffer) {
  EXPECT_TRUE(same_libraries("1:2:3", "9:9:9")) << "the file itself may have lost its path";
  EXPECT_TRUE(same_libraries("1:2:3 4:5:6", "1:2:8 4:5:6"));
  EXPECT_FALSE(same_libraries("1:2:3 4:5:6", "1:2:3 4:5:7"));
  EXPECT_FALSE(same_libraries("1:2:3 4:5:6", "1:2:3"));
}

TEST(LinkedProgram, IsTheFileThatThisProcessRuns) {
  const auto build = build_of_program(kOne);
  ASSERT_TRUE(build);
  EXPECT_EQ(build->file, std::filesystem::read_symlink("/proc/self/exe"));
  EXPECT_TRUE(build->is_linked());
  EXPECT_EQ(build->shown_name(), "one");
  EXPECT_EQ(build->image->bytes(), 0u) << "it is no memory";
}

TEST(LinkedProgram, IsNotStartedForAPluginOutsideOfTheExecutable) {
  const auto elsewhere = std::make_unique<ropewalk_linked_plugin>(named("one"));
  const auto build = build_of_program(*elsewhere);
  ASSERT_FALSE(build);
  EXPECT_EQ(build.error().list.front().code, codes::kLinkedPluginUnusable);
}

}  // namespace
}  // namespace ropewalk
