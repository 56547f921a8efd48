#include "support/plans.hpp"
#include "planner/version.hpp"

#include <gmock/gmock.h>

namespace ropewalk {
namespace {

using test::diagnostics_of;
using testing::ElementsAre;
using testing::IsEmpty;

std::string holds(const char* range, const char* version) {
  std::string problem;
  const auto parsed = VersionRange::parse(range, problem);
  const auto of = Version::parse(version);
  return !parsed ? problem : !of ? "no version" : parsed->contains(*of) ? "yes" : "no";
}
std::vector<std::string> requiring(const std::string& what) {
  return diagnostics_of("ropewalk: 1\nrequires: " + what + "\nstages:\n  - {name: a, task: sim.noop}\n");
}

TEST(Version, RangesCompareNumbersAndNotText) {
  EXPECT_EQ(holds(">=1.0", "1.0.0"), "yes");
  EXPECT_EQ(holds(">=1.9", "1.10"), "yes");
  EXPECT_EQ(holds(">=1.0, <2", "1.99.3"), "yes");
  EXPECT_EQ(holds(">=1.0,<2", "2"), "no");
  EXPECT_EQ(holds(" > 1.0 ", "1"), "no");
  EXPECT_EQ(holds("<=1.0", "1"), "yes");
  EXPECT_EQ(holds("=1.2", "1.2.0"), "yes");
  EXPECT_EQ(holds("!=1.2", "1.2"), "no");
}

TEST(Version, ASuffixComesBeforeTheVersionItself) {
  EXPECT_EQ(holds(">=2.0", "2.0-rc1"), "no");
  EXPECT_EQ(holds(">2.0-rc1", "2.0"), "yes");
  EXPECT_EQ(holds(">2.0-rc1", "2.0-rc2"), "yes");
  EXPECT_EQ(holds("=2.0", "2.0+debian3"), "yes");
}

TEST(Version, WhatIsNoRangeIsSaid) {
  EXPECT_EQ(holds("1.0", "1"), "'1.0' begins with none of >=, >, <=, <, =, !=");
  EXPECT_EQ(holds("", "1"), "'' begins with none of >=, >, <=, <, =, !=");
  EXPECT_EQ(holds(">=1,", "1"), "'' begins with none of >=, >, <=, <, =, !=");
  EXPECT_EQ(holds(">=one", "1"), "'one' is no version");
  EXPECT_EQ(holds(">=1.", "1"), "'1.' is no version");
  EXPECT_EQ(holds(">=99999999999999999999", "1"), "'99999999999999999999' is no version");
  EXPECT_EQ(holds("==1", "1"), "'=1' is no version");
  EXPECT_EQ(holds(">=1", "1.x"), "no version");
}

TEST(Requirements, VersionsThatWillDoAreNotMentioned) {
  EXPECT_THAT(requiring("{ropewalk: \">=0.0.1, <1000\", plugins: {sim: \">=1.0\", file: \"<2\"}}"), IsEmpty());
}

TEST(Requirements, WhatIsNotThereIsToldBeforeAnythingStarts) {
  EXPECT_THAT(requiring("{ropewalk: \">=1000\"}"),
              ElementsAre(testing::StartsWith("2:22 W233 the workflow requires ropewalk >=1000, and this is ")));
  EXPECT_THAT(requiring("{plugins: {sim: \">=2.0\"}}"),
              ElementsAre("2:27 P114 the workflow requires plugin 'sim' >=2.0, and this is 1.2.0"));
  EXPECT_THAT(requiring("{plugins: {blur: \">=2.0\"}}"), ElementsAre("2:22 P101 there is no plugin 'blur'"));
  EXPECT_THAT(requiring("{plugins: {image: \">=1\"}}"),
              ElementsAre("2:29 P114 the workflow requires plugin 'image' >=1, and its version is 'of today', which "
                          "cannot be compared"));
  EXPECT_THAT(
      requiring("{plugins: {sim: \"2.0\", Blur: \">1\"}}"),
      ElementsAre("2:27 W232 plugin 'sim' wants a range of versions: '2.0' begins with none of >=, >, <=, <, =, !=",
                  "2:34 W210 'Blur' is no name of a plugin"));
  EXPECT_THAT(
      requiring("{ropewalk: 1}"),
      ElementsAre(
          "2:22 W232 'ropewalk' of 'requires' wants a range of versions: '1' begins with none of >=, >, <=, <, =, !="));
}

}  // namespace
}  // namespace ropewalk
