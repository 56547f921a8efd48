#include "metrics_file.hpp"

#include "report/metrics.hpp"
#include "support/patience.hpp"
#include "support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <iterator>
#include <string>

namespace ropewalk::cli {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kTickSecond = 1'000'000'000;

struct MetricsFolder : testing::Test {
  MetricsFolder() { metrics.run_started(0, {"r", "w"}); }

  std::string text() const { return test::content(folder / "run.prom"); }
  /// Waits until so many files were written.
  static void wait_for(const MetricsFile& file, std::uint64_t written) {
    ASSERT_TRUE(test::eventually([&] { return file.written() == written; }));
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder.path()), {}));
  }

  const test::Scratch folder;
  Metrics metrics;
};

TEST_F(MetricsFolder, AFileIsWrittenAtMostEveryTenSeconds) {
  MetricsFile file(metrics, folder / "run.prom");
  for (std::int64_t t = 0; t < 10 * kTickSecond; t += kTickSecond / 10) file.tick(t);
  EXPECT_EQ(files(), 0u);
  file.tick(10 * kTickSecond);
  wait_for(file, 1);
  EXPECT_THAT(text(), HasSubstr("ropewalk_run_duration_seconds{workflow=\"w\"} 10.0\n"));
  for (std::int64_t t = 10 * kTickSecond; t < 20 * kTickSecond; t += kTickSecond / 10) file.tick(t);
  file.tick(20 * kTickSecond);
  wait_for(file, 2);
  EXPECT_THAT(text(), HasSubstr("ropewalk_run_duration_seconds{workflow=\"w\"} 20.0\n"));
  EXPECT_EQ(files(), 1u);
}

TEST_F(MetricsFolder, StdoutIsNotWrittenWhileTheRunLasts) {
  MetricsFile file(metrics, "-");
  file.tick(100 * kTickSecond);
  file.stop();
  EXPECT_EQ(file.written(), 0u);
}

TEST_F(MetricsFolder, AFolderThatVanishesEndsNothing) {
  MetricsFile file(metrics, folder / "gone" / "run.prom");
  file.tick(10 * kTickSecond);
  wait_for(file, 1);
  EXPECT_EQ(files(), 0u);
}

}  // namespace
}  // namespace ropewalk::cli
