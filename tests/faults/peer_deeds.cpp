// One task of a stage harms the processes around it: the warden, its own host's connection, the process table. The
// other tasks return their index.

#include <ropewalk/sdk/task.hpp>

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>

namespace {

void exec_sleep() { execl("/bin/sleep", "sleep", "100000", nullptr); }

void exec_true() { execl("/bin/true", "true", nullptr); }

template <class Deed>
void for_each_socket(Deed&& deed) {
  for (int fd = 3; fd < 1024; ++fd) {
    int kind = 0;
    socklen_t size = sizeof kind;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &kind, &size) == 0 && kind == SOCK_SEQPACKET) deed(fd);
  }
}

void shut_socket() {
  for_each_socket([](int fd) { shutdown(fd, SHUT_RDWR); });
  for (;;) pause();
}

/// Replaces the socket by another one: nothing is closed visibly from within.
void swap_socket() {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return;
  for_each_socket([&](int fd) {
    if (fd != pair[0] && fd != pair[1]) dup2(pair[0], fd);
  });
  exec_sleep();
}

/// The parent of a host is the warden.
void stop_parent() { kill(getppid(), SIGSTOP); }

void stop_parent_and_die() {
  stop_parent();
  raise(SIGABRT);
}

/// A child of the task traces the warden.
void trace_parent() {
  const pid_t warden = getppid();
  int channel[2];
  if (pipe(channel) != 0) return;
  if (fork() == 0) {
    ptrace(PTRACE_ATTACH, warden, nullptr, nullptr);
    close(channel[1]);
    for (;;) pause();
  }
  close(channel[1]);
  char none = 0;
  (void)!read(channel[0], &none, 1);
  close(channel[0]);
}

void stop_self() {
  kill(getpid(), SIGSTOP);
  for (;;) pause();  // its own thread may be the last to stop
}

/// A child of the task traces its host.
void trace_self() {
  const pid_t host = getpid();
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
  if (fork() == 0) {
    ptrace(PTRACE_ATTACH, host, nullptr, nullptr);
    for (;;) pause();
  }
  for (;;) pause();
}

/// One session per process.
void leave_sessions(int count) {
  for (int i = 0; i < count; ++i) {
    const pid_t child = fork();
    if (child < 0) return;
    if (child == 0) {
      setsid();
      for (;;) pause();
    }
    while (getsid(child) != child) sched_yield();  // in the group of its host it would be killed with it
  }
}

/// Each lives for only a millisecond and leaves another one. Limited in number: without a warden nothing would kill
/// them, and they would exhaust the pids.
void leave_hoppers() {
  constexpr int kHops = 4000;
  for (int i = 0; i < 4; ++i) {
    if (fork() != 0) continue;
    setsid();
    for (int hop = 0; hop < kHops; ++hop) {
      usleep(1000);
      if (fork() > 0) _exit(0);
    }
    _exit(0);
  }
}

struct PeerDeed {
  std::string deed;
  std::int64_t at = 0, count = 0;
  struct Result {
    std::int64_t index = 0;
  };
  Result run(ropewalk::Call& call) const {
    static const std::map<std::string, void (*)()> all = {{"exec_sleep", exec_sleep}, {"exec_true", exec_true}, {"shut_socket", shut_socket},
                                                          {"swap_socket", swap_socket}, {"stop_parent", stop_parent},
                                                          {"stop_parent_and_die", stop_parent_and_die}, {"trace_parent", trace_parent}, {"stop_self", stop_self}, {"trace_self", trace_self},
                                                          {"leave_hoppers", leave_hoppers}};
    const auto index = static_cast<std::int64_t>(call.index());
    if (index == at && count != 0) leave_sessions(static_cast<int>(count));
    else if (index == at) all.at(deed)();
    return {index};
  }
  static void describe(ropewalk::TaskType<PeerDeed>& task) {
    task.summary("Harms the processes around it at one index.")
        .thread_safe()
        .option("deed", &PeerDeed::deed, "what to do")
        .option("at", &PeerDeed::at, "the index to do it at")
        .option("count", &PeerDeed::count, "processes to leave behind, each in a session of its own")
        .result("index", &Result::index, "its own");
  }
};

/// The signals that it may send to the warden and to the engine. It tries nothing unless a filter exists that may
/// refuse it.
struct Signals {
  struct Result {
    bool filtered = false;
    std::string allowed;
  };
  Result run(ropewalk::Call&) const {
    Result result{.filtered = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2, .allowed = {}};
    if (!result.filtered) return result;
    const pid_t warden = getppid(), engine = parent_of(warden);
    const auto note = [&](const char* what, int done) {
      if (done >= 0 || errno != EPERM) result.allowed += std::string(result.allowed.empty() ? "" : ", ") + what;
    };
    note("kill warden 0", kill(warden, 0));
    note("stop warden", kill(warden, SIGSTOP));
    note("kill warden", kill(warden, SIGKILL));
    note("kill its group", kill(-warden, SIGKILL));
    note("kill all", kill(-1, SIGKILL));
    note("tgkill warden", tgkill(warden, warden, SIGSTOP));
    note("trace warden", static_cast<int>(ptrace(PTRACE_ATTACH, warden, nullptr, nullptr)));
    note("stop engine", kill(engine, SIGSTOP));
    note("kill engine", kill(engine, SIGKILL));
    note("crash engine", kill(engine, SIGSEGV));
    note("signal a child", signal_a_child());
    return result;
  }
  static int signal_a_child() {
    const pid_t child = fork();
    if (child == 0)
      for (;;) pause();
    const int done = kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    return done;
  }
  static pid_t parent_of(pid_t pid) {
    int parent = 0;
    char line[512] = {};
    const std::string path = "/proc/" + std::to_string(pid) + "/stat";
    if (std::FILE* file = std::fopen(path.c_str(), "re")) {
      if (std::fgets(line, sizeof line, file) == nullptr) line[0] = '\0';
      std::fclose(file);
    }
    if (const char* name_end = std::strrchr(line, ')')) std::sscanf(name_end, ") %*c %d", &parent);
    return parent;
  }
  static void describe(ropewalk::TaskType<Signals>& task) {
    task.summary("Tries to signal the warden and the engine.")
        .result("filtered", &Result::filtered, "whether a filter is there")
        .result("allowed", &Result::allowed, "what was not refused");
  }
};

}  // namespace

ROPEWALK_PLUGIN("peer_deeds", "1.0.0", ropewalk::task<PeerDeed>("do"), ropewalk::task<Signals>("signals"))
