#include <ropewalk/sink.hpp>

#include "base/fd.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <string>
#include <thread>
#include <unistd.h>

namespace ropewalk {
namespace {

/// A non-blocking pipe without a waiting reader: it accepts a part of a write, or nothing (EAGAIN).
struct Hasty : testing::Test {
  Hasty() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    from = Fd(ends[0]), to = Fd(ends[1]);
    ::fcntl(to.get(), F_SETFL, O_NONBLOCK);
    ::fcntl(to.get(), F_SETPIPE_SZ, 4096);
  }
  Fd from, to;
};

TEST_F(Hasty, R03_ShortOrDeferredWritesLoseNothing) {
  std::string all;
  for (int line = 0; all.size() < (1u << 20); ++line) all += "line " + std::to_string(line) + "\n";
  std::string got;
  std::thread reader([&] {
    char piece[777];
    for (ssize_t size; (size = ::read(from.get(), piece, sizeof piece)) > 0;)
      got.append(piece, static_cast<std::size_t>(size));
  });
  FdSink sink(to.get());
  EXPECT_TRUE(sink.write(all));
  EXPECT_EQ(sink.error(), 0);
  to.reset();
  reader.join();
  EXPECT_TRUE(got == all) << got.size() << " bytes of " << all.size();
}

TEST_F(Hasty, AfterItsReaderIsGoneTheReasonIsKeptAndNothingMoreIsTried) {
  std::signal(SIGPIPE, SIG_IGN);
  from.reset();
  FdSink sink(to.get());
  EXPECT_FALSE(sink.write("text"));
  EXPECT_EQ(sink.error(), EPIPE);
  EXPECT_FALSE(sink.write("more"));
}

}  // namespace
}  // namespace ropewalk
