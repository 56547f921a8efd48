// How the exceptions of a task become its failure.

#include "run_task.hpp"

#include <pthread.h>

#include <stdexcept>
#include <thread>

using ropewalk::FakeOutcome;

namespace {

template <void (*kThrow)()>
struct Throws {
  void run(ropewalk::Call&) const { kThrow(); }
  static void describe(ropewalk::TaskType<Throws>&) {}
};

template <void (*kThrow)()>
std::pair<std::string, std::string> failure() {
  const FakeOutcome outcome = run_task<Throws<kThrow>>();
  EXPECT_FALSE(outcome.succeeded);
  EXPECT_THAT(outcome.faults, testing::IsEmpty());
  return {outcome.kind, outcome.message};
}

using Failure = std::pair<std::string, std::string>;

void throw_error() { throw std::runtime_error("no such file"); }
void throw_transient() { throw ropewalk::Transient("try again"); }
void throw_permanent() { throw ropewalk::Permanent("never"); }
void throw_stopped() { throw ropewalk::Stopped(); }
void throw_int() { throw 42; }
struct Unlucky {};
void throw_own_type() { throw Unlucky{}; }
void throw_empty() { throw std::runtime_error(""); }
void throw_nested() {
  try {
    throw_error();
  } catch (...) {
    std::throw_with_nested(ropewalk::Transient("cannot read the header"));
  }
}
void throw_over_int() {
  try {
    throw 42;
  } catch (...) {
    std::throw_with_nested(std::runtime_error("outer"));
  }
}
void throw_bad_alloc() { throw std::bad_alloc(); }

TEST(TaskFailures, P01_AnyExceptionBecomesAFailureWithItsTextOrType) {
  EXPECT_EQ(failure<throw_error>(), Failure("error", "no such file"));
  EXPECT_EQ(failure<throw_transient>(), Failure("transient", "try again"));
  EXPECT_EQ(failure<throw_permanent>(), Failure("permanent", "never"));
  EXPECT_EQ(failure<throw_stopped>(), Failure("stopped", "stopped as asked"));
  EXPECT_EQ(failure<throw_int>(), Failure("error", "exception of type int"));
  EXPECT_EQ(failure<throw_own_type>(), Failure("error", "exception of type (anonymous namespace)::Unlucky"));
  EXPECT_EQ(failure<throw_empty>(), Failure("error", "exception of type std::runtime_error"));
  EXPECT_EQ(failure<throw_bad_alloc>(), Failure("error", "out of memory (std::bad_alloc)"));
}

TEST(TaskFailures, P01_NestedExceptionsAreReportedFromTheOuterToTheInner) {
  EXPECT_EQ(failure<throw_nested>(), Failure("transient", "cannot read the header: caused by: no such file"));
  EXPECT_EQ(failure<throw_over_int>(), Failure("error", "outer: caused by: exception of type int"));
}

void exit_thread() { pthread_exit(nullptr); }

TEST(TaskFailures, P03_PthreadExitUnwindsThroughTheTaskAndIsNotCaught) {
  bool returned = false, unwound = false;
  std::thread([&] {
    struct Note {
      bool& noted;
      ~Note() { noted = true; }
    } note{unwound};
    run_task<Throws<exit_thread>>();
    returned = true;
  }).join();
  EXPECT_TRUE(unwound);
  EXPECT_FALSE(returned);
}

struct NoModel {
  struct Worker {
    Worker() { throw ropewalk::Transient("the model is not there yet"); }
  };
  void run(ropewalk::Call&, Worker&) const {}
  static void describe(ropewalk::TaskType<NoModel>&) {}
};

TEST(TaskFailures, AFailureToOpenAWorkerFailsTheTask) {
  const FakeOutcome outcome = run_task<NoModel>();
  EXPECT_EQ(outcome.kind, "transient");
  EXPECT_EQ(outcome.message, "the model is not there yet");
}

}  // namespace
