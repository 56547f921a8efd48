#include "screen.hpp"

#include "support/patience.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace ropewalk::cli {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

/// A terminal that keeps apart what was written apart: each message of such a socket is one write.
class Writes {
 public:
  explicit Writes(int type = SOCK_SEQPACKET) {
    ::signal(SIGPIPE, SIG_IGN);
    EXPECT_EQ(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends_), 0);
    const timeval patience{.tv_sec = test::kPatience.count(), .tv_usec = 0};
    ::setsockopt(ends_[1], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~Writes() { vanish(), ::close(ends_[0]); }
  ScreenDevice device() const { return {.fd = ends_[0], .live = true}; }
  /// The next write; waits for it.
  std::string next() const {
    std::string text(1 << 20, '\0');
    const ssize_t got = ::recv(ends_[1], text.data(), text.size(), 0);
    text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return text;
  }
  void vanish() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  int ends_[2] = {-1, -1};
};

TEST(Screen, AFrameIsOneWriteAndTheCursorIsShownAtItsEnd) {
  const Writes writes;
  Screen screen(ColorMode::never, writes.device());
  for (const std::string each : {"first", "second", "third"}) {
    screen.frame({each, "and a line"});
    const std::string write = writes.next();
    EXPECT_THAT(write, testing::StartsWith("\x1b[?25l"));
    EXPECT_THAT(write, HasSubstr(each + "\x1b[K\r\nand a line"));
    EXPECT_THAT(write, EndsWith("\x1b[?25h"));
  }
}

TEST(Screen, TextAndTheFrameBelowItAreOneWrite) {
  const Writes writes;
  Screen screen(ColorMode::never, writes.device());
  screen.frame({"frame"});
  writes.next();
  screen.say("a failure\n");
  const std::string write = writes.next();
  EXPECT_THAT(write, testing::StartsWith("\r\x1b[Ja failure\n"));
  EXPECT_THAT(write, HasSubstr("frame"));
}

TEST(Screen, ErasesTheFrameWheneverItIsLeft) {
  for (const auto leave : {&Screen::settle, &Screen::leave, &Screen::suspend, &Screen::mute}) {
    const Writes writes;
    Screen screen(ColorMode::never, writes.device());
    screen.frame({"frame"});
    EXPECT_THAT(writes.next(), HasSubstr("frame"));
    (screen.*leave)();
    EXPECT_EQ(writes.next(), "\r\x1b[J");
  }
  const Writes writes;
  {
    Screen screen(ColorMode::never, writes.device());
    screen.frame({"frame"});
    writes.next();
  }
  EXPECT_EQ(writes.next(), "\r\x1b[J");
}

TEST(Screen, WhileSuspendedNoFrameIsPainted) {
  const Writes writes;
  Screen screen(ColorMode::never, writes.device());
  screen.frame({"one"});
  writes.next();
  screen.suspend();
  EXPECT_EQ(writes.next(), "\r\x1b[J");
  screen.frame({"two"});
  screen.say("text\n");
  EXPECT_EQ(writes.next(), "text\n");
  screen.resume();
  screen.frame({"three"});
  EXPECT_THAT(writes.next(), HasSubstr("three"));
}

/// What is left of the bytes for a terminal if frames were never there.
std::string without_frames(std::string bytes) {
  const auto drop = [&](std::string_view from, std::string_view to) {
    std::string kept;
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t begin = std::min(bytes.find(from, at), bytes.size());
      kept.append(bytes, at, begin - at);
      at = begin == bytes.size() ? begin : std::min(bytes.find(to, begin), bytes.size() - to.size()) + to.size();
    }
    bytes = std::move(kept);
  };
  drop("\x1b[?25l", "\x1b[?25h");
  drop("\r\x1b[J", "\x1b[J");
  return bytes;
}

TEST(Screen, Z06_NoCallWaitsForATerminalThatIsNotReadAndNothingPrintedIsLost) {
  const Writes writes(SOCK_STREAM);
  std::string wanted, got;
  Screen screen(ColorMode::never, writes.device());
  screen.frame({"frame"});
  // Far more than the socket has room for.
  for (int i = 0; i < 20'000; ++i) {
    const std::string line = std::to_string(i) + std::string(100, 'x') + "\n";
    screen.say(line);
    screen.frame({"frame " + std::to_string(i)});
    wanted += line;
  }
  std::thread reader([&] {
    while (without_frames(got).size() < wanted.size()) {
      const std::string piece = writes.next();
      if (piece.empty()) break;
      got += piece;
    }
  });
  screen.settle();
  reader.join();
  EXPECT_TRUE(without_frames(got) == wanted) << got.size() << " bytes for " << wanted.size();
}

TEST(Screen, S05_ATerminalThatVanishesDiscardsTheRest) {
  Writes writes;
  Screen screen(ColorMode::never, writes.device());
  screen.frame({"frame"});
  writes.next();
  writes.vanish();
  for (int i = 0; i < 1000; ++i) {
    screen.say("text\n");
    screen.frame({std::to_string(i)});
  }
  screen.settle();
  screen.say("more\n");
}

TEST(Screen, WithoutACursorToMoveThereAreNoFramesAndNoControlBytes) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
  {
    Screen screen(ColorMode::automatic, {.fd = ends[1], .live = false});
    screen.frame({"frame"});
    screen.line("stage s: 1/2 done");
    screen.message("s/1 failed");
  }
  char text[100] = {};
  EXPECT_GT(::read(ends[0], text, sizeof text), 0);
  EXPECT_STREQ(text, "stage s: 1/2 done\ns/1 failed\n");
  ::close(ends[0]), ::close(ends[1]);
}

}  // namespace
}  // namespace ropewalk::cli
