// What the warden knows of children that zygotes fork: the test is the zygote.

#include "warden/fork_log.hpp"

#include "protocol/warden_messages.hpp"

#include <gmock/gmock.h>

#include <fcntl.h>
#include <unistd.h>

#include <thread>

namespace ropewalk::warden {

bool operator==(const ForkLog::Forked& a, const ForkLog::Forked& b) {
  return a.zygote == b.zygote && a.host == b.host && a.pid == b.pid;
}

namespace {

using Forked = ForkLog::Forked;
using testing::ElementsAre;
using testing::IsEmpty;

/// The end of a zygote's pipe that it writes to.
struct ForkWriter {
  explicit ForkWriter(ForkLog& fork_log, std::uint64_t zygote) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    fork_log.listen_to(zygote, Fd(ends[0]));
    end = Fd(ends[1]);
  }
  void write(std::uint64_t host, pid_t pid) {
    const warden_wire::ForkRecord record{.pid = pid, .host = host};
    EXPECT_EQ(::write(end.get(), &record, sizeof record), static_cast<ssize_t>(sizeof record));
  }
  Fd end;
};

TEST(ForkLog, WhatZygotesSaidIsReadOnceAndWithoutWaiting) {
  ForkLog fork_log;
  ForkWriter one(fork_log, 1), two(fork_log, 2);
  EXPECT_THAT(fork_log.read().forked, IsEmpty());
  one.write(10, 0), one.write(10, 4711);
  two.write(20, 0), two.write(20, 4712);
  one.write(11, 0), one.write(11, -1);
  EXPECT_THAT(fork_log.read().forked, ElementsAre(Forked{1, 10, 4711}, Forked{1, 11, -1}, Forked{2, 20, 4712}));
  EXPECT_THAT(fork_log.read().forked, IsEmpty());
}

TEST(ForkLog, AForkThatHasBegunIsWaitedFor) {
  ForkLog fork_log;
  ForkWriter zygote(fork_log, 1);
  zygote.write(10, 0);
  std::thread forking([&] { zygote.write(10, 4711); });
  const ForkLog::News news = fork_log.read();
  forking.join();
  EXPECT_THAT(news.forked, ElementsAre(Forked{1, 10, 4711}));
  EXPECT_THAT(news.stuck, IsEmpty());
}

TEST(ForkLog, AZygoteThatDiesInTheMiddleOfAForkIsNotWaitedFor) {
  ForkLog fork_log;
  ForkWriter zygote(fork_log, 1);
  zygote.write(10, 0), zygote.write(10, 4711);
  zygote.write(11, 0);
  zygote.end.reset();
  const ForkLog::News news = fork_log.read();
  EXPECT_THAT(news.forked, ElementsAre(Forked{1, 10, 4711}));
  EXPECT_THAT(news.stuck, IsEmpty());
  EXPECT_TRUE(fork_log.is_zygote(1)) << "until its death is reported";
  fork_log.forget(1);
  EXPECT_TRUE(fork_log.none());
}

TEST(ForkLog, AZygoteThatDoesNotEndItsForkIsNamed) {
  ForkLog fork_log;
  ForkWriter stuck(fork_log, 1), other(fork_log, 2);
  stuck.write(10, 0);
  other.write(20, 0), other.write(20, 4712);
  const ForkLog::News news = fork_log.read();
  EXPECT_THAT(news.stuck, ElementsAre(1u));
  EXPECT_THAT(news.forked, ElementsAre(Forked{2, 20, 4712}));
}

}  // namespace
}  // namespace ropewalk::warden
