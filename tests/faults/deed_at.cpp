// One task of a stage does a bad thing, the others wait a moment and give their index.

#include "tasks.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <functional>
#include <map>

namespace {

/// Overwrites all memory that is shared with another process: P05.
void scribble_shared(ropewalk::Call&) {
  struct Range {
    unsigned long from, to;
  };
  std::vector<Range> ranges;
  std::FILE* maps = std::fopen("/proc/self/maps", "re");
  if (maps == nullptr) throw ropewalk::Permanent("cannot read /proc/self/maps");
  char line[1024], rights[8];
  Range range{};
  while (std::fgets(line, sizeof line, maps) != nullptr)
    if (std::sscanf(line, "%lx-%lx %7s", &range.from, &range.to, rights) == 3 && std::strcmp(rights, "rw-s") == 0) ranges.push_back(range);
  std::fclose(maps);
  if (ranges.empty()) throw ropewalk::Permanent("there is no shared memory to write to");
  for (const Range& each : ranges) std::memset(reinterpret_cast<void*>(each.from), 0xFF, each.to - each.from);
}

void scribble_and_die(ropewalk::Call& call) {
  scribble_shared(call);
  zoo::kill_self(call);
}

void raise_term(ropewalk::Call&) {
  signal(SIGTERM, SIG_DFL);
  raise(SIGTERM);
}

/// A daemon that nobody waits for; gives its pid. C02.
std::int64_t daemon() {
  int channel[2];
  if (pipe(channel) != 0) throw ropewalk::Permanent("no pipe");
  const pid_t child = fork();
  if (child == 0) {
    setsid();
    const pid_t grandchild = fork();
    if (grandchild != 0) _exit(write(channel[1], &grandchild, sizeof grandchild) == sizeof grandchild ? 0 : 1);
    for (int fd = 0; fd < 1024; ++fd) close(fd);
    for (;;) pause();
  }
  pid_t grandchild = 0;
  close(channel[1]);
  const bool told = read(channel[0], &grandchild, sizeof grandchild) == sizeof grandchild;
  close(channel[0]);
  waitpid(child, nullptr, 0);
  if (!told) throw ropewalk::Permanent("no grandchild");
  return grandchild;
}

using Deeds = std::map<std::string, void (*)(ropewalk::Call&)>;

const Deeds& deeds() {
  static const Deeds all = {
      {"kill", zoo::kill_self}, {"segv", zoo::segv}, {"bus", zoo::bus}, {"fpe", zoo::fpe}, {"ill", zoo::ill},
      {"abort", zoo::abort_self}, {"exit0", zoo::exit0}, {"exit3", zoo::exit3}, {"exit_fast", zoo::exit_fast},
      {"quick_exit", zoo::quick_exit0}, {"throw_noexcept", zoo::throw_noexcept},
      {"terminate_from_thread", zoo::terminate_from_thread}, {"stack_overflow", zoo::stack_overflow},
      {"double_free", zoo::double_free}, {"raise_term", raise_term}, {"throw_int", zoo::throw_int},
      {"throw_nested", zoo::throw_nested}, {"throw_empty", zoo::throw_empty}, {"throw_long", zoo::throw_long},
      {"thread_exit", zoo::thread_exit}, {"scribble_fds", zoo::scribble_fds}, {"close_fds", zoo::close_fds},
      {"bad_position", zoo::bad_position}, {"fail_without_reason", zoo::fail_without_reason},
      {"scribble_shared", scribble_shared}, {"scribble_and_die", scribble_and_die},
  };
  return all;
}

struct DeedAt {
  std::string deed;
  std::int64_t at = 0;
  std::chrono::nanoseconds hold = std::chrono::milliseconds(3);  // others run while it is done
  struct Result {
    std::int64_t index = 0, daemon = 0;
  };
  Result run(ropewalk::Call& call) const {
    const auto index = static_cast<std::int64_t>(call.index());
    if (index == at && deed == "daemon") return {index, daemon()};
    if (index == at) deeds().at(deed)(call);
    else if (call.wait(hold)) throw ropewalk::Stopped();
    return {index, 0};
  }
  static void describe(ropewalk::TaskType<DeedAt>& task) {
    task.summary("Does a bad thing at one index.")
        .thread_safe()
        .param("deed", &DeedAt::deed, "what to do")
        .option("at", &DeedAt::at, "the index to do it at")
        .option("hold", &DeedAt::hold, "how long the others take")
        .result("index", &Result::index, "its own")
        .result("daemon", &Result::daemon, "the pid of what it left behind");
  }
};

}  // namespace

ROPEWALK_PLUGIN("deed_at", "1.0.0", ropewalk::task<DeedAt>("do"))
