#include "hosts/job_tokens.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

namespace ropewalk {
namespace {

/// As make does: takes tokens from the path, and puts them back.
class Client {
 public:
  explicit Client(const std::string& path)
      : read_(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)),
        write_(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)) {}
  bool works() const { return read_ && write_; }
  /// How many it gets, at most.
  int take(int most) {
    int taken = 0;
    for (char token; taken < most && ::read(read_.get(), &token, 1) == 1;) ++taken;
    return taken;
  }
  void put_back(int tokens) {
    for (; tokens > 0; --tokens) EXPECT_EQ(::write(write_.get(), "+", 1), 1);
  }

 private:
  const Fd read_, write_;
};

constexpr int kAll = 1000;

TEST(JobTokens, ClientsGetTheCoresThatAreFree) {
  JobTokens tokens;
  Client make(tokens.path());
  ASSERT_TRUE(make.works());
  EXPECT_EQ(make.take(kAll), 0) << "nothing is offered yet";
  tokens.offer(3);
  EXPECT_EQ(make.take(2), 2);
  EXPECT_EQ(make.take(kAll), 1);
  make.put_back(3);
  tokens.offer(1);
  EXPECT_EQ(make.take(kAll), 1) << "two were taken back at once";
}

TEST(JobTokens, WhatJobsHoldIsTakenBackWhenItReturns) {
  JobTokens tokens;
  Client make(tokens.path());
  tokens.offer(4);
  ASSERT_EQ(make.take(kAll), 4);
  tokens.offer(1);
  make.put_back(2);
  tokens.offer(1);
  EXPECT_EQ(make.take(kAll), 0) << "three cores are needed elsewhere, two are back";
  make.put_back(2);
  tokens.offer(1);
  EXPECT_EQ(make.take(kAll), 1);
}

TEST(JobTokens, WhatIsNotYetBackCanBeOfferedAgain) {
  JobTokens tokens;
  Client make(tokens.path());
  tokens.offer(2);
  ASSERT_EQ(make.take(kAll), 2);
  tokens.offer(0);
  tokens.offer(2);
  make.put_back(2);
  tokens.offer(2);
  EXPECT_EQ(make.take(kAll), 2);
}

TEST(JobTokens, NothingIsMadeUnlessSomebodyAsksForThePath) {
  JobTokens tokens;
  tokens.offer(8);
  Client make(tokens.path());
  EXPECT_EQ(make.take(kAll), 0);
}

}  // namespace
}  // namespace ropewalk
