#include "output_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/stat.h>

namespace ropewalk::cli {
namespace {

namespace fs = std::filesystem;

/// A folder of its own for each test.
class OutputFiles : public testing::Test {
 protected:
  OutputFiles() {
    std::string name = (fs::temp_directory_path() / "ropewalk-output-XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~OutputFiles() override { fs::remove_all(folder); }

  static std::string read(const fs::path& file) {
    std::ostringstream out;
    out << std::ifstream(file).rdbuf();
    return out.str();
  }
  std::size_t files() const { return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {})); }

  fs::path folder;
};

TEST_F(OutputFiles, E10_ADocumentIsThereWholeOrNotAtAll) {
  const fs::path path = folder / "results.jsonl";
  std::ofstream(path) << "old";
  {
    auto file = OutputFile::open(path, OutputFile::Kind::document, "--results");
    ASSERT_TRUE(file);
    EXPECT_TRUE((*file)->write("half"));
    EXPECT_EQ(read(path), "old");
  }
  EXPECT_EQ(read(path), "old") << "never committed";
  EXPECT_EQ(files(), 1u) << "something was left behind";
  auto file = OutputFile::open(path, OutputFile::Kind::document, "--results");
  EXPECT_TRUE((*file)->write("new"));
  EXPECT_EQ((*file)->commit(), "");
  EXPECT_EQ(read(path), "new");
  EXPECT_EQ(files(), 1u);
}

TEST_F(OutputFiles, ADocumentReplacesTheFileBehindALinkAndKeepsItsMode) {
  std::ofstream(folder / "real") << "old";
  ::chmod((folder / "real").c_str(), 0640);
  fs::create_symlink("real", folder / "link");
  auto file = OutputFile::open(folder / "link", OutputFile::Kind::document, "--results");
  ASSERT_TRUE(file);
  (*file)->write("new");
  EXPECT_EQ((*file)->commit(), "");
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(read(folder / "real"), "new");
  EXPECT_EQ(fs::status(folder / "real").permissions(), fs::perms(0640));
}

TEST_F(OutputFiles, ALinkThatLeadsOutOfItsFolderIsRefused) {
  fs::create_directory(folder / "in");
  std::ofstream(folder / "victim") << "precious";
  fs::create_symlink("../victim", folder / "in/link");
  fs::create_symlink("../new", folder / "in/dangling");
  for (const OutputFile::Kind kind : {OutputFile::Kind::document, OutputFile::Kind::stream}) {
    const auto file = OutputFile::open(folder / "in/link", kind, "--results");
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().list.front().message, "--results: cannot write '" + (folder / "in/link").string() +
                                                     "': it is a link that leads out of its folder");
  }
  EXPECT_FALSE(OutputFile::open(folder / "in/dangling", OutputFile::Kind::stream, "--events"));
  EXPECT_EQ(read(folder / "victim"), "precious");
  EXPECT_FALSE(fs::exists(folder / "new"));
}

TEST_F(OutputFiles, AStreamGrowsUnderItsName) {
  auto file = OutputFile::open(folder / "events", OutputFile::Kind::stream, "--events");
  ASSERT_TRUE(file);
  (*file)->write("one\n");
  EXPECT_EQ(read(folder / "events"), "one\n");
  EXPECT_EQ((*file)->commit(), "");
}

TEST_F(OutputFiles, WhatCannotBeWrittenIsToldAtOnce) {
  const auto missing = OutputFile::open(folder / "no" / "file", OutputFile::Kind::document, "--results");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().list.front().message,
            "--results: cannot write '" + (folder / "no" / "file").string() + "': No such file or directory");
  const auto directory = OutputFile::open(folder, OutputFile::Kind::stream, "--events");
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().list.front().message, "--events: cannot write '" + folder.string() + "': Is a directory");
}

TEST_F(OutputFiles, R01_AFullDiskIsToldAtTheEnd) {
  auto file = OutputFile::open("/dev/full", OutputFile::Kind::document, "--results");
  ASSERT_TRUE(file);
  EXPECT_FALSE((*file)->write("x"));
  EXPECT_EQ((*file)->commit(), "cannot write '/dev/full': No space left on device");
}

}  // namespace
}  // namespace ropewalk::cli
