#include "run/progress_book.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace ropewalk {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> held(ProgressBook& book) {
  std::vector<std::string> lines;
  book.pass_on_held([&](const TaskProgress& progress) {
    lines.push_back(std::to_string(progress.index) + "." + std::to_string(progress.attempt) + " " +
                    std::to_string(static_cast<int>(progress.fraction * 100)) + " " + std::string(progress.text));
  });
  return lines;
}

TEST(ProgressBook, TheFirstProgressOfAnAttemptIsReportedAtOnceAndNotAgain) {
  ProgressBook book;
  EXPECT_TRUE(book.take({7, 1, 0.25, "a"}));
  EXPECT_THAT(held(book), IsEmpty());
}

TEST(ProgressBook, OfWhatFollowsOnlyTheLatestIsHeld) {
  ProgressBook book;
  book.take({7, 1, 0, ""});
  for (int i = 1; i <= 50; ++i) EXPECT_FALSE(book.take({7, 1, i / 100.0, "at " + std::to_string(i)}));
  EXPECT_THAT(held(book), ElementsAre("7.1 50 at 50"));
  EXPECT_THAT(held(book), IsEmpty()) << "nothing is new";
  EXPECT_FALSE(book.take({7, 1, 0.75, ""}));
  EXPECT_THAT(held(book), ElementsAre("7.1 75 ")) << "a progress without a text hides the one before";
}

TEST(ProgressBook, AttemptsAreApart) {
  ProgressBook book;
  book.take({7, 1, 0, ""});
  book.take({7, 1, 0.5, "first"});
  book.take({3, 1, 0, ""});
  book.take({3, 1, 0.25, "other"});
  EXPECT_THAT(held(book), ElementsAre("3.1 25 other", "7.1 50 first"));
  book.take({7, 1, 0.75, "first"});
  EXPECT_TRUE(book.take({7, 2, 0.25, "second"})) << "another attempt";
  EXPECT_THAT(held(book), IsEmpty());
}

TEST(ProgressBook, NothingIsHeldOfAnAttemptThatHasEnded) {
  ProgressBook book;
  book.take({7, 1, 0, ""});
  book.take({7, 1, 0.5, ""});
  book.ended(7);
  book.ended(8);
  EXPECT_TRUE(book.empty());
  EXPECT_THAT(held(book), IsEmpty());
}

}  // namespace
}  // namespace ropewalk
