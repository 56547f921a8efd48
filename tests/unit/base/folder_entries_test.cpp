#include "base/folder_entries.hpp"
#include "support/scratch.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <thread>

namespace ropewalk {
namespace {

namespace fs = std::filesystem;

TEST(FolderEntries, AreThePathsInTheFolder) {
  const test::Scratch folder;
  std::ofstream(folder / "a") << "1";
  fs::create_directory(folder / "b");
  EXPECT_THAT(folder_entries(folder.path()), testing::UnorderedElementsAre(folder / "a", folder / "b"));
}

TEST(FolderEntries, OfAFolderThatIsNotThereAreNone) {
  const test::Scratch folder;
  EXPECT_THAT(folder_entries(folder / "none"), testing::IsEmpty());
}

TEST(FolderEntries, AFolderThatIsRemovedMeanwhileIsNoError) {
  const test::Scratch folder;
  for (int round = 0; round < 200; ++round) {
    const fs::path path = folder / std::to_string(round);
    for (const char* name : {"a", "b", "c"}) fs::create_directories(path / name);
    std::atomic<bool> reads = false;
    std::thread remover([&] {
      while (!reads) std::this_thread::yield();
      fs::remove_all(path);
    });
    while (fs::exists(path)) {
      EXPECT_NO_THROW(folder_entries(path));
      reads = true;
    }
    remover.join();
  }
}

}  // namespace
}  // namespace ropewalk
