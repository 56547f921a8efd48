// One task of a stage causes a fault; the others wait a moment and return their index.

#include "tasks.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <thread>

namespace {

/// Overwrites all memory shared with another process: P05.
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
    if (std::sscanf(line, "%lx-%lx %7s", &range.from, &range.to, rights) == 3 && std::strcmp(rights, "rw-s") == 0)
      ranges.push_back(range);
  std::fclose(maps);
  if (ranges.empty()) throw ropewalk::Permanent("there is no shared memory to write to");
  for (const Range& each : ranges) std::memset(reinterpret_cast<void*>(each.from), 0xFF, each.to - each.from);
}

void scribble_and_die(ropewalk::Call& call) {
  scribble_shared(call);
  zoo::kill_self(call);
}

void log_and_segv(ropewalk::Call& call) {
  for (int i = 0; i < 7; ++i) call.log(ropewalk::Level::info, "step " + std::to_string(i));
  zoo::segv(call);
}

void print_and_segv(ropewalk::Call& call) {
  for (int i = 0; i < 7; ++i) std::printf("step %d\n", i);
  std::fprintf(stderr, "no way on");
  zoo::segv(call);
}

/// Moves the output's offset beyond everything that could be read.
void move_output_and_segv(ropewalk::Call& call) {
  lseek(STDOUT_FILENO, off_t{1} << 40, SEEK_SET);
  zoo::segv(call);
}
void move_output(ropewalk::Call&) { lseek(STDOUT_FILENO, off_t{1} << 40, SEEK_SET); }

/// Destroys the frames of its callers, and dies before it returns.
[[gnu::noinline]] void smash_stack(ropewalk::Call& call) {
  volatile char here[16];
  for (std::size_t i = 0; i < 2048; ++i) (&here[0])[i] = 0x41;
  zoo::wild_write(call);
}

void segv_without_descriptors(ropewalk::Call& call) {
  while (dup(0) >= 0) {
  }
  zoo::wild_write(call);
}

/// Nine threads fault at once.
void segv_together(ropewalk::Call& call) {
  for (int i = 0; i < 8; ++i) std::thread([&] { zoo::wild_write(call); }).detach();
  zoo::wild_write(call);
}

void raise_term(ropewalk::Call&) {
  signal(SIGTERM, SIG_DFL);
  raise(SIGTERM);
}

[[noreturn]] void hang(ropewalk::Call&) {
  for (;;) pause();  // even after a request to stop
}

[[noreturn]] void spin(ropewalk::Call&) {
  for (volatile bool more = true; more;) {
  }
  std::abort();
}

void stop_self(ropewalk::Call& call) {
  kill(getpid(), SIGSTOP);
  hang(call);
}

void ignore_and_hang(ropewalk::Call& call) {
  signal(SIGTERM, SIG_IGN);
  hang(call);
}

void block_and_hang(ropewalk::Call& call) {
  zoo::block_signals(call);
  hang(call);
}

/// Its handler raises the signal again, so it never finishes.
void raise_again(ropewalk::Call& call) {
  signal(SIGTERM, [](int) { raise(SIGTERM); });
  hang(call);
}

/// The first attempt leaves two processes, one in its own session, and hangs. The second attempt checks that they are
/// gone.
void leave_children_and_hang(ropewalk::Call& call) {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("ropewalk-children-" + std::string(call.run_id()));
  if (call.attempt() == 1) {
    std::ofstream out(file);
    for (const bool own_session : {false, true}) {
      const pid_t child = fork();
      if (child == 0) {
        if (own_session) setsid();
        for (;;) pause();
      }
      out << child << '\n';
    }
    out.close();
    hang(call);
  }
  std::ifstream in(file);
  int seen = 0;
  for (pid_t child = 0; in >> child; ++seen)
    if (kill(child, 0) == 0) throw ropewalk::Permanent("a child of the first try still runs");
  std::filesystem::remove(file);
  if (seen != 2) throw ropewalk::Permanent("the first try has left no children");
}

/// Page by page, so that no allocation is refused.
void hog(ropewalk::Call& call) {
  for (;;) {
    char* piece = static_cast<char*>(mmap(nullptr, 8 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    if (piece == MAP_FAILED) break;
    for (int at = 0; at < 8 << 20; at += 4096) piece[at] = 1;
    usleep(2000);
  }
  hang(call);
}

void allocate_too_much(ropewalk::Call&) {
  std::vector<std::unique_ptr<char[]>> all;
  for (int i = 0; i < 1 << 14; ++i) all.push_back(std::make_unique<char[]>(1 << 20));
}

void write_a_large_file(ropewalk::Call&) {
  std::FILE* file = std::tmpfile();
  if (file == nullptr) throw ropewalk::Permanent("no temporary file");
  const std::vector<char> zeros(1 << 20);
  for (int i = 0; i < 64; ++i) std::fwrite(zeros.data(), 1, zeros.size(), file);
  std::fclose(file);
}

/// The child returns from the task into what it takes for its own worker. P07.
void fork_and_return(ropewalk::Call&) { (void)fork(); }

/// Forks idle children as long as there is room. C11.
void fork_many(ropewalk::Call&) {
  for (int i = 0; i < 200; ++i) {
    const pid_t child = fork();
    if (child < 0) return;
    if (child == 0)
      for (;;) pause();
  }
}

/// The parent of a host is the warden. P17.
void kill_parent(ropewalk::Call& call) {
  if (kill(getppid(), SIGKILL) != 0) throw ropewalk::Permanent("refused");
  hang(call);
}

void free_foreign_memory(ropewalk::Call& call) {
  char* volatile inside = const_cast<char*>(call.stage().data()) + 1;  // otherwise the compiler detects and rejects it
  std::free(inside);
  std::abort();
}

void allocate_100_gb(ropewalk::Call&) {
  const std::unique_ptr<char[]> all(new char[std::size_t{100} << 30]);
  volatile char* touched = all.get();
  touched[0] = 1;
}

/// An orphaned daemon; returns its pid. C02.
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
      {"kill", zoo::kill_self},
      {"segv", zoo::segv},
      {"bus", zoo::bus},
      {"fpe", zoo::fpe},
      {"ill", zoo::ill},
      {"wild_write", zoo::wild_write},
      {"damaged_pointer", zoo::damaged_pointer},
      {"thread_segv", zoo::thread_segv},
      {"call_null", zoo::call_null},
      {"log_and_segv", log_and_segv},
      {"print_and_segv", print_and_segv},
      {"move_output_and_segv", move_output_and_segv},
      {"move_output", move_output},
      {"smash_stack", smash_stack},
      {"segv_without_descriptors", segv_without_descriptors},
      {"segv_together", segv_together},
      {"abort", zoo::abort_self},
      {"exit0", zoo::exit0},
      {"exit3", zoo::exit3},
      {"exit_fast", zoo::exit_fast},
      {"quick_exit", zoo::quick_exit0},
      {"throw_noexcept", zoo::throw_noexcept},
      {"terminate_from_thread", zoo::terminate_from_thread},
      {"stack_overflow", zoo::stack_overflow},
      {"double_free", zoo::double_free},
      {"raise_term", raise_term},
      {"throw_int", zoo::throw_int},
      {"throw_nested", zoo::throw_nested},
      {"throw_empty", zoo::throw_empty},
      {"throw_long", zoo::throw_long},
      {"thread_exit", zoo::thread_exit},
      {"thread_cancel", zoo::thread_cancel},
      {"block_and_hang", block_and_hang},
      {"raise_again", raise_again},
      {"leave_children_and_hang", leave_children_and_hang},
      {"scribble_fds", zoo::scribble_fds},
      {"close_fds", zoo::close_fds},
      {"bad_position", zoo::bad_position},
      {"fail_without_reason", zoo::fail_without_reason},
      {"hang", hang},
      {"spin", spin},
      {"stop_self", stop_self},
      {"ignore_and_hang", ignore_and_hang},
      {"hog", hog},
      {"allocate_too_much", allocate_too_much},
      {"write_a_large_file", write_a_large_file},
      {"fork_and_return", fork_and_return},
      {"fork_many", fork_many},
      {"kill_parent", kill_parent},
      {"free_foreign_memory", free_foreign_memory},
      {"allocate_100_gb", allocate_100_gb},
      {"fork_child_lingers", zoo::fork_child_lingers},
      {"leak_thread", zoo::leak_thread},
      {"reap_all", zoo::reap_all},
      {"block_signals", zoo::block_signals},
      {"scribble_shared", scribble_shared},
      {"scribble_and_die", scribble_and_die},
  };
  return all;
}

struct DeedAt {
  std::string deed;
  std::int64_t at = 0;
  std::chrono::nanoseconds hold = std::chrono::milliseconds(3);  // others run meanwhile
  struct Result {
    std::int64_t index = 0, daemon = 0;
  };
  Result run(ropewalk::Call& call) const {
    const auto index = static_cast<std::int64_t>(call.index());
    if (index == at && deed == "daemon") return {index, daemon()};
    if (index == at)
      deeds().at(deed)(call);
    else if (call.wait(hold))
      throw ropewalk::Stopped();
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

/// Returns the remaining time in seconds; 0: it has no deadline.
struct Deadline {
  struct Result {
    double left = 0;
  };
  Result run(ropewalk::Call& call) const {
    const auto at = call.deadline();
    return {at ? std::chrono::duration<double>(*at - std::chrono::steady_clock::now()).count() : 0};
  }
  static void describe(ropewalk::TaskType<Deadline>& task) {
    task.summary("Returns what is left of its time.").thread_safe().result("left", &Result::left, "seconds");
  }
};

/// Waits until its deadline has moved. S08.
struct DeadlineMoves {
  struct Result {
    double by = 0;
  };
  Result run(ropewalk::Call& call) const {
    const auto first = call.deadline().value();
    for (int tries = 0; call.deadline() == first && tries < 300'000; ++tries) call.wait(std::chrono::milliseconds(1));
    return {std::chrono::duration<double>(call.deadline().value() - first).count()};
  }
  static void describe(ropewalk::TaskType<DeadlineMoves>& task) {
    task.summary("Returns by how much its deadline has moved.").thread_safe().result("by", &Result::by, "seconds");
  }
};

/// Leaks 8 MiB permanently. R15.
struct Leak {
  struct Result {
    std::int64_t index = 0;
  };
  Result run(ropewalk::Call& call) const {
    static std::vector<std::vector<char>> kept;
    kept.emplace_back(8 << 20, 'x');
    call.wait(std::chrono::milliseconds(30));
    return {static_cast<std::int64_t>(call.index())};
  }
  static void describe(ropewalk::TaskType<Leak>& task) {
    task.summary("Keeps memory.").result("index", &Result::index, "its own");
  }
};

}  // namespace

ROPEWALK_PLUGIN("deed_at", "1.0.0", ropewalk::task<DeedAt>("do"), ropewalk::task<Deadline>("deadline"),
                ropewalk::task<DeadlineMoves>("deadline_moves"), ropewalk::task<Leak>("leak"))
