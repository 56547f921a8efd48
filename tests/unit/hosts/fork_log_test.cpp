// What the warden knows of children that zygotes fork: the test is the zygote.

#include "warden/fork_log.hpp"

#include "protocol/warden_messages.hpp"

#include <gmock/gmock.h>

#include <fcntl.h>
#include <unistd.h>

#include <thread>

namespace ropewalk::warden {

bool operator==(const Births::Born& a, const Births::Born& b) { return a.zygote == b.zygote && a.host == b.host && a.pid == b.pid; }

namespace {

using Born = Births::Born;
using testing::ElementsAre;
using testing::IsEmpty;

/// The end of a zygote's pipe that it writes to.
struct Told {
  explicit Told(Births& births, std::uint64_t zygote) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    births.listen_to(zygote, Fd(ends[0]));
    saying = Fd(ends[1]);
  }
  void say(std::uint64_t host, pid_t pid) {
    const warden_wire::Birth birth{.pid = pid, .host = host};
    EXPECT_EQ(::write(saying.get(), &birth, sizeof birth), static_cast<ssize_t>(sizeof birth));
  }
  Fd saying;
};

TEST(Births, WhatZygotesSaidIsReadOnceAndWithoutWaiting) {
  Births births;
  Told one(births, 1), two(births, 2);
  EXPECT_THAT(births.read().born, IsEmpty());
  one.say(10, 0), one.say(10, 4711);
  two.say(20, 0), two.say(20, 4712);
  one.say(11, 0), one.say(11, -1);
  EXPECT_THAT(births.read().born, ElementsAre(Born{1, 10, 4711}, Born{1, 11, -1}, Born{2, 20, 4712}));
  EXPECT_THAT(births.read().born, IsEmpty());
}

TEST(Births, AForkThatHasBegunIsWaitedFor) {
  Births births;
  Told zygote(births, 1);
  zygote.say(10, 0);
  std::thread forking([&] { zygote.say(10, 4711); });
  const Births::News news = births.read();
  forking.join();
  EXPECT_THAT(news.born, ElementsAre(Born{1, 10, 4711}));
  EXPECT_THAT(news.stuck, IsEmpty());
}

TEST(Births, AZygoteThatDiesInTheMiddleOfAForkIsNotWaitedFor) {
  Births births;
  Told zygote(births, 1);
  zygote.say(10, 0), zygote.say(10, 4711);
  zygote.say(11, 0);
  zygote.saying.reset();
  const Births::News news = births.read();
  EXPECT_THAT(news.born, ElementsAre(Born{1, 10, 4711}));
  EXPECT_THAT(news.stuck, IsEmpty());
  EXPECT_TRUE(births.is_zygote(1)) << "until its death is reported";
  births.forget(1);
  EXPECT_TRUE(births.none());
}

TEST(Births, AZygoteThatDoesNotEndItsForkIsNamed) {
  Births births;
  Told stuck(births, 1), other(births, 2);
  stuck.say(10, 0);
  other.say(20, 0), other.say(20, 4712);
  const Births::News news = births.read();
  EXPECT_THAT(news.stuck, ElementsAre(1u));
  EXPECT_THAT(news.born, ElementsAre(Born{2, 20, 4712}));
}

}  // namespace
}  // namespace ropewalk::warden
