// One task of a stage harms the processes around it: the warden, its own host's connection, the process table. The
// other tasks return their index.

#include "support/patience.hpp"

#include <ropewalk/sdk/task.hpp>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

void exec_sleep() { execl("/bin/sleep", "sleep", "100000", nullptr); }

/// Of this thread, all of them. Not too soon: what takes less than 20 us is not looked at.
void refuse_calls() {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(1);
  while (std::chrono::steady_clock::now() < until) {
  }
  sock_filter code[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)};
  const sock_fprog program{.len = 1, .filter = code};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

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

pid_t read_pid(int fd) {
  pid_t pid = 0;
  return read(fd, &pid, sizeof pid) == sizeof pid ? pid : -1;
}

/// Starts a process whose parent exits at once: its number.
pid_t orphan(void (*deed)()) {
  int channel[2];
  if (pipe2(channel, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const pid_t parent = fork();
  if (parent == 0) {
    setsid();
    const pid_t child = fork();
    if (child == 0) {
      close(channel[1]);
      deed();
      _exit(0);
    }
    (void)!write(channel[1], &child, sizeof child);
    _exit(0);
  }
  close(channel[1]);
  const pid_t child = read_pid(channel[0]);
  close(channel[0]);
  if (parent < 0 || waitpid(parent, nullptr, 0) != parent || child <= 0) throw std::runtime_error("no orphan");
  return child;
}

bool is_gone(pid_t pid) { return kill(pid, 0) != 0 && errno == ESRCH; }

/// Or gone: the engine may have killed it since.
bool is_stopped(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string name, value; status >> name; std::getline(status, value))
    if (name == "State:") return status >> value && value == "T";
  return true;
}

void require(const std::function<bool()>& holds, const std::string& why) {
  if (!ropewalk::test::eventually(holds)) throw std::runtime_error(why);
}

/// Each exits at once. None may stay in the table of processes, whose size is everybody's limit.
void make_orphans() {
  constexpr std::size_t kOrphans = 400;
  std::vector<pid_t> orphans;
  while (orphans.size() < kOrphans) orphans.push_back(orphan([] {}));
  require([&] { return std::erase_if(orphans, is_gone), orphans.empty(); }, "orphans stay after their end");
}

/// Of the task's thread, and of one that ends before they do. Orphans end in between.
void wait_for_children() {
  std::vector<pid_t> children;
  const auto fork_some = [&](int count) {
    for (int i = 0; i < count; ++i) {
      const auto code = static_cast<int>(children.size());
      children.push_back(fork());
      if (children.back() == 0) _exit(code);
      if (children.back() < 0) throw std::runtime_error("no child");
    }
  };
  fork_some(20);
  std::thread([&] { fork_some(20); }).join();
  make_orphans();
  for (std::size_t i = 0; i < children.size(); ++i) {
    int status = 0;
    if (waitpid(children[i], &status, 0) != children[i] || !WIFEXITED(status) ||
        WEXITSTATUS(status) != static_cast<int>(i))
      throw std::runtime_error("the status of child " + std::to_string(i) + " is lost");
  }
}

/// Processes named ropewalk-host that the warden started. Forked zygotes' children and orphans are among them.
std::vector<pid_t> hosts_beside(const std::vector<pid_t>& but) {
  const std::string warden = std::to_string(getppid());
  std::ifstream list("/proc/" + warden + "/task/" + warden + "/children");
  std::vector<pid_t> found;
  for (pid_t pid = 0; list >> pid;) {
    std::string name;
    std::ifstream("/proc/" + std::to_string(pid) + "/comm") >> name;
    if (name == "ropewalk-host" && pid != getpid() && std::find(but.begin(), but.end(), pid) == but.end())
      found.push_back(pid);
  }
  return found;
}

/// The death of another host is no reason to end an orphan of a task that runs.
void keep_orphan() {
  const pid_t kept = orphan([] {
    for (;;) pause();
  });
  std::vector<pid_t> hosts;
  require([&] { return hosts = hosts_beside({kept}), !hosts.empty(); }, "there is no other host");
  kill(hosts.front(), SIGKILL);
  // The warden reports the death, and then nothing is left of that host.
  require([&] { return is_gone(hosts.front()); }, "the other host does not end");
  std::string state;
  std::ifstream stat("/proc/" + std::to_string(kept) + "/stat");
  if (!(stat >> state >> state >> state) || state == "Z")
    throw std::runtime_error("the orphan was ended with the other host");
}

/// Each lives for a millisecond only and leaves another one. Not for ever: without a warden nobody would end them, and
/// they would use up the numbers that processes may have.
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
    static const std::map<std::string, void (*)()> all = {{"exec_sleep", exec_sleep},
                                                          {"exec_true", exec_true},
                                                          {"shut_socket", shut_socket},
                                                          {"swap_socket", swap_socket},
                                                          {"stop_parent", stop_parent},
                                                          {"stop_parent_and_die", stop_parent_and_die},
                                                          {"trace_parent", trace_parent},
                                                          {"stop_self", stop_self},
                                                          {"trace_self", trace_self},
                                                          {"leave_hoppers", leave_hoppers},
                                                          {"make_orphans", make_orphans},
                                                          {"refuse_calls", refuse_calls},
                                                          {"wait_for_children", wait_for_children},
                                                          {"keep_orphan", keep_orphan}};
    const auto index = static_cast<std::int64_t>(call.index());
    if (index == at && count != 0)
      leave_sessions(static_cast<int>(count));
    else if (index == at)
      all.at(deed)();
    else if (getppid() < 0)
      throw std::runtime_error("the thread can make no system call");
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

/// The first task sends a signal to the hosts of all others once they run.
struct Strike {
  std::filesystem::path folder;
  std::int64_t signal = 0, victims = 0;
  struct Result {
    std::int64_t index = 0;
  };
  Result run(ropewalk::Call& call) const {
    const auto index = static_cast<std::int64_t>(call.index());
    const std::filesystem::path struck = folder / "struck";
    if (index != 0) {
      // One line for each time that it runs.
      std::ofstream(folder / ("task" + std::to_string(index)), std::ios::app) << getpid() << std::endl;
      require([&] { return exists(struck); }, "the first task does not strike");
      return {index};
    }
    std::vector<pid_t> hosts;
    require(
        [&] {
          hosts.clear();
          for (const auto& file : std::filesystem::directory_iterator(folder)) {
            pid_t pid = 0;
            if (std::ifstream(file.path()) >> pid) hosts.push_back(pid);
          }
          return static_cast<std::int64_t>(hosts.size()) >= victims;
        },
        "the others do not run");
    for (const pid_t host : hosts) kill(host, static_cast<int>(signal));
    // A signal reaches a worker's thread only after the thread that takes it has run.
    require([&] { return std::all_of(hosts.begin(), hosts.end(), signal == SIGKILL ? is_gone : is_stopped); },
            "the signal has no effect");
    std::ofstream(struck) << std::endl;
    return {index};
  }
  static void describe(ropewalk::TaskType<Strike>& task) {
    task.summary("Sends a signal to the processes of the other tasks.")
        .thread_safe()
        .param("folder", &Strike::folder, "where tasks note that they run")
        .param("signal", &Strike::signal, "its number")
        .param("victims", &Strike::victims, "how many tasks have to run before")
        .result("index", &Result::index, "its own");
  }
};

}  // namespace

ROPEWALK_PLUGIN("peer_deeds", "1.0.0", ropewalk::task<PeerDeed>("do"), ropewalk::task<Signals>("signals"),
                ropewalk::task<Strike>("strike"))
