// Tasks that harm their process, or break the rules of the ABI, and continue: P01, P03, P07, P08, P09, P10, P11, P18,
// C01, C02.

#include "tasks.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <clocale>
#include <cstdlib>
#include <stdexcept>
#include <system_error>

namespace zoo {

void throw_int(ropewalk::Call&) { throw 42; }

void throw_nested(ropewalk::Call&) {
  try {
    throw std::runtime_error("the disk is on fire");
  } catch (...) {
    std::throw_with_nested(std::runtime_error("cannot read the header"));
  }
}

void throw_empty(ropewalk::Call&) { throw std::runtime_error(""); }
void throw_long(ropewalk::Call&) { throw std::runtime_error(std::string(100'000, 'x')); }

void thread_exit(ropewalk::Call&) { pthread_exit(nullptr); }

void thread_cancel(ropewalk::Call&) {
  pthread_cancel(pthread_self());
  pthread_testcancel();
}

void scribble_fds(ropewalk::Call&) {
  const std::string garbage = std::string("\0\x01\xff\x1b[2J garbage\n", 15);
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO})
    for (int i = 0; i < 100; ++i)
      if (write(fd, garbage.data(), garbage.size()) < 0) break;
}

void close_fds(ropewalk::Call&) {
  for (int fd = 0; fd < 1024; ++fd) close(fd);
}

void fork_child_lingers(ropewalk::Call&) {
  if (fork() != 0) return;
  for (;;) pause();
}

void setsid_child(ropewalk::Call&) {
  const pid_t child = fork();
  if (child != 0) {
    waitpid(child, nullptr, 0);
    return;
  }
  setsid();
  if (fork() != 0) _exit(0);
  for (int fd = 0; fd < 1024; ++fd) close(fd);
  for (;;) pause();
}

void leak_thread(ropewalk::Call&) {
  pthread_t thread;
  const auto wait = [](void*) -> void* {
    for (;;) pause();
  };
  if (pthread_create(&thread, nullptr, wait, nullptr) == 0) pthread_detach(thread);
}

void reap_all(ropewalk::Call&) {
  signal(SIGCHLD, SIG_IGN);
  while (waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

void block_signals(ropewalk::Call&) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

void bad_position(ropewalk::Call& call) { call.host()->result_int(call.handle(), 99, 1); }

void fail_without_reason(ropewalk::Call&) { throw ropewalk::Permanent(""); }

void ChangeFolder::run(ropewalk::Call&) const { std::filesystem::current_path(to); }

void ChangeFolder::describe(ropewalk::TaskType<ChangeFolder>& task) {
  task.summary("Changes the working directory of its process and leaves it so.")
      .thread_safe()
      .option("to", &ChangeFolder::to, "where to go");
}

Drift::Result Drift::run(ropewalk::Call& call) const {
  const Result result{getpid()};
  call.wait(lasts);
  if (at >= 0 && static_cast<std::int64_t>(call.index()) != at) return result;
  static char variable[] = "ZOO_WAS_HERE=1";
  if (what == "chdir") std::filesystem::current_path("/");
  if (what == "umask") umask(0);
  if (what == "setlocale") std::setlocale(LC_ALL, "C.UTF-8");
  if (what == "setenv") setenv("ZOO_WAS_HERE", "1", 1);
  if (what == "putenv") putenv(variable);
  if (what == "close") close_fds(call);
  if (what == "nice" && nice(1) == -1) throw ropewalk::Permanent("nice() is not allowed");
  if (what == "mask") block_signals(call);
  if (what == "ignore") signal(SIGTERM, SIG_IGN);
  if (what == "dup2") {
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 3; fd < null; ++fd) dup2(null, fd);
  }
  if (what == "rlimits") {
    const rlimit none{};
    setrlimit(RLIMIT_CORE, &none);
    const rlimit small{.rlim_cur = 1 << 20, .rlim_max = 1 << 20};
    setrlimit(RLIMIT_FSIZE, &small);
  }
  if (what == "threads")
    for (int i = 0; i < 20; ++i) leak_thread(call);
  if (what == "descriptors") LeakFds{100}.run(call);
  return result;
}

void Drift::describe(ropewalk::TaskType<Drift>& task) {
  task.summary("Leaves its process other than it found it.")
      .thread_safe()
      .option("what", &Drift::what, "to change")
      .one_of({"nothing", "chdir", "umask", "setlocale", "setenv", "putenv", "close", "dup2", "rlimits", "nice", "mask",
               "ignore", "threads", "descriptors"})
      .option("at", &Drift::at, "the index to do it at; -1: all")
      .option("lasts", &Drift::lasts, "how long it takes")
      .result("pid", &Result::pid, "of its process");
}

WrongType::Result WrongType::run(ropewalk::Call& call) const {
  call.host()->result_text(call.handle(), 0, {"text", 4});
  return {1};
}

void WrongType::describe(ropewalk::TaskType<WrongType>& task) {
  task.summary("Sets text where it declared an int.").thread_safe().result("number", &Result::number);
}

void LeakFds::run(ropewalk::Call&) const {
  for (std::int64_t i = 0; i < count; ++i)
    if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
      throw ropewalk::Transient("cannot open /dev/null: " + std::system_category().message(errno));
}

void LeakFds::describe(ropewalk::TaskType<LeakFds>& task) {
  task.summary("Leaves files open.").thread_safe().option("count", &LeakFds::count, "how many").min(0);
}

void LeakMemory::run(ropewalk::Call&) const {
  char* const block = new char[size];
  for (std::uint64_t at = 0; at < size; at += 4096) static_cast<volatile char*>(block)[at] = 1;
}

void LeakMemory::describe(ropewalk::TaskType<LeakMemory>& task) {
  task.summary("Leaves memory behind.").thread_safe().option("size", &LeakMemory::size, "how much");
}

void Print::run(ropewalk::Call&) const {
  const auto put = [](int fd, std::string_view text) {
    while (!text.empty()) {
      const ssize_t written = write(fd, text.data(), text.size());
      if (written <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  };
  put(STDOUT_FILENO, out);
  put(STDERR_FILENO, err);
  const std::string block(65536, '.');
  for (std::uint64_t left = fill; left > 0; left -= std::min<std::uint64_t>(left, block.size()))
    put(STDOUT_FILENO, std::string_view(block).substr(0, left));
}

void Print::describe(ropewalk::TaskType<Print>& task) {
  task.summary("Writes to its standard output and error.")
      .thread_safe()
      .option("out", &Print::out, "to standard output")
      .option("err", &Print::err, "to standard error")
      .option("fill", &Print::fill, "so many bytes of dots to standard output");
}

}  // namespace zoo
