#include "base/file_state.hpp"

#include "support/scratch.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace ropewalk::test {
namespace {

void write(const std::filesystem::path& file, const std::string& text) { std::ofstream(file) << text; }

TEST(FileState, IsSizeAndTimeOfChange) {
  const Scratch scratch;
  EXPECT_EQ(file_state(scratch / "none"), FileState());
  write(scratch / "a", "four");
  const FileState state = file_state(scratch / "a");
  EXPECT_TRUE(state.is_there);
  EXPECT_EQ(state.size, 4u);
  EXPECT_GT(state.mtime_ns, 0);
}

TEST(HashFile, DependsOnTheContentAlone) {
  const Scratch scratch;
  const std::string large(3'000'001, 'x');
  write(scratch / "a", large);
  write(scratch / "b", large);
  EXPECT_EQ(hash_file(scratch / "a"), hash_file(scratch / "b"));
  write(scratch / "b", large.substr(1) + "y");
  EXPECT_NE(hash_file(scratch / "a"), hash_file(scratch / "b"));
  write(scratch / "c", "");
  EXPECT_TRUE(hash_file(scratch / "c"));
}

TEST(HashFile, OfWhatIsNoFileIsNothing) {
  const Scratch scratch;
  EXPECT_FALSE(hash_file(scratch / "none"));
  EXPECT_FALSE(hash_file("/tmp"));
  EXPECT_FALSE(hash_file("/dev/zero"));
}

}  // namespace
}  // namespace ropewalk::test
