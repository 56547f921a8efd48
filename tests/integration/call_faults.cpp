#include "integration/call_faults.hpp"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace ropewalk::test {
namespace {

/// How the file of a call is found.
enum class Names : std::uint8_t { path_first, path_second, fd_first, fd_fifth };

struct ObservedCall {
  const char* name;
  int number;
  Names names;
};

constexpr ObservedCall kCalls[] = {
    {"openat", SYS_openat, Names::path_second},     {"open", SYS_open, Names::path_first},
    {"write", SYS_write, Names::fd_first},          {"pwrite64", SYS_pwrite64, Names::fd_first},
    {"pread64", SYS_pread64, Names::fd_first},      {"fdatasync", SYS_fdatasync, Names::fd_first},
    {"fsync", SYS_fsync, Names::fd_first},          {"ftruncate", SYS_ftruncate, Names::fd_first},
    {"fallocate", SYS_fallocate, Names::fd_first},  {"rename", SYS_rename, Names::path_first},
    {"renameat", SYS_renameat, Names::path_second}, {"renameat2", SYS_renameat2, Names::path_second},
    {"unlink", SYS_unlink, Names::path_first},      {"unlinkat", SYS_unlinkat, Names::path_second},
    {"mkdir", SYS_mkdir, Names::path_first},        {"mkdirat", SYS_mkdirat, Names::path_second},
    {"fcntl", SYS_fcntl, Names::fd_first},          {"mmap", SYS_mmap, Names::fd_fifth},
};
constexpr std::size_t kCallCount = std::size(kCalls);

/// Asks the supervisor about each of those calls; of fcntl about locks alone, of mmap about files alone.
std::vector<sock_filter> filter() {
  std::vector<sock_filter> rules;
  const auto add = [&](sock_filter rule) { rules.push_back(rule); };
  const auto jump = [&](std::uint32_t value, std::size_t yes) {
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, static_cast<std::uint8_t>(yes), 0));
  };
  add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
  // Each jump goes to the end, where the answer is, or to the two questions before it.
  constexpr std::size_t kTail = 11;
  for (std::size_t i = 0; i < kCallCount; ++i) {
    const std::size_t left = kCallCount - 1 - i;
    if (kCalls[i].number == SYS_fcntl)
      jump(SYS_fcntl, left + 1);
    else if (kCalls[i].number == SYS_mmap)
      jump(SYS_mmap, left + 8);
    else
      jump(static_cast<std::uint32_t>(kCalls[i].number), left + kTail);
  }
  add(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));                                           // 0
  add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args) + 8));                   // 1: fcntl
  jump(F_SETLK, 8);                                                                            // 2
  jump(F_SETLKW, 7);                                                                           // 3
  jump(F_GETLK, 6);                                                                            // 4
  jump(F_OFD_SETLK, 5);                                                                        // 5
  jump(F_OFD_GETLK, 4);                                                                        // 6
  add(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));                                           // 7
  add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args) + std::size_t{4} * 8));  // 8: mmap
  add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xffffffff, 0, 1));                                  // 9: no file
  add(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));                                           // 10
  add(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF));                                      // 11
  return rules;
}

/// A descriptor, with a message of one byte. sendmsg and recvmsg are not observed.
void send_fd(int socket, int fd) {
  char byte = 0;
  iovec part{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {};
  msghdr message{};
  message.msg_iov = &part, message.msg_iovlen = 1;
  message.msg_control = control, message.msg_controllen = sizeof control;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET, header->cmsg_type = SCM_RIGHTS, header->cmsg_len = CMSG_LEN(sizeof fd);
  std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  (void)!::sendmsg(socket, &message, 0);
}

int receive_fd(int socket) {
  char byte = 0;
  iovec part{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part, message.msg_iovlen = 1;
  message.msg_control = control, message.msg_controllen = sizeof control;
  if (::recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1) return -1;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  int fd = -1;
  if (header != nullptr) std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}

/// The listener; -1: this kernel has none.
int install() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
  std::vector<sock_filter> rules = filter();
  const sock_fprog program{static_cast<unsigned short>(rules.size()), rules.data()};
  return static_cast<int>(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
}

int output_file() {
  const int fd = ::memfd_create("output", MFD_CLOEXEC);
  ::fcntl(fd, F_SETFL, O_APPEND);
  return fd;
}

std::string taken_from(int fd) {
  std::string text;
  char block[4096];
  for (ssize_t got; (got = ::pread(fd, block, sizeof block, static_cast<off_t>(text.size()))) > 0;)
    text.append(block, static_cast<std::size_t>(got));
  ::close(fd);
  return text;
}

class Supervisor {
 public:
  Supervisor(pid_t program, int listener, std::string folder, const CallFault& fault)
      : program_(program), listener_(listener), folder_(std::move(folder)), fault_(fault) {}

  /// Answers until the program and everything that it started has ended.
  void serve(ObservedRun& run) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    bool ended = false;
    for (;;) {
      pollfd asked{listener_, POLLIN, 0};
      if (::poll(&asked, 1, 2) > 0 && (asked.revents & POLLIN) != 0) {
        answer(run);
        continue;
      }
      int status = 0;
      const pid_t reaped = ::waitpid(-1, &status, WNOHANG);
      if (reaped == program_) {
        ended = true;
        run.end.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        run.end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
      }
      if (reaped < 0 && ended) return;
      if (std::chrono::steady_clock::now() >= until) throw std::runtime_error("the program hangs");
    }
  }

 private:
  void answer(ObservedRun& run) {
    seccomp_notif asked{};
    if (::ioctl(listener_, SECCOMP_IOCTL_NOTIF_RECV, &asked) != 0) return;
    seccomp_notif_resp answer{};
    answer.id = asked.id;
    answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    if (is_of_program(static_cast<pid_t>(asked.pid))) decide(asked, answer, run);
    ::ioctl(listener_, SECCOMP_IOCTL_NOTIF_SEND, &answer);
  }

  void decide(const seccomp_notif& asked, seccomp_notif_resp& answer, ObservedRun& run) const {
    const ObservedCall* call = nullptr;
    for (const ObservedCall& each : kCalls)
      if (each.number == asked.data.nr) call = &each;
    if (call == nullptr) return;
    const std::string file = file_of(asked, call->names);
    if (file.empty()) return;
    const unsigned nth = ++run.calls[call->name];
    if (fault_.kind == CallFault::Kind::none || fault_.call != call->name || nth != fault_.nth) return;
    run.at = file;
    run.reached = true;
    if (fault_.kind == CallFault::Kind::kill) {
      ::kill(program_, SIGKILL);
      return;
    }
    answer.flags = 0;
    if (fault_.kind == CallFault::Kind::error)
      answer.error = -fault_.error;
    else
      write_half(asked, answer, run);
  }

  /// Carries out the call with half of its bytes.
  void write_half(const seccomp_notif& asked, seccomp_notif_resp& answer, ObservedRun& run) const {
    const std::size_t size = asked.data.args[2] / 2;
    const int process = static_cast<int>(::syscall(SYS_pidfd_open, program_, 0)),
              fd = static_cast<int>(::syscall(SYS_pidfd_getfd, process, static_cast<int>(asked.data.args[0]), 0));
    std::string bytes(size, '\0');
    iovec to{bytes.data(), size}, from{address(asked.data.args[1]), size};
    if (size == 0 || ::process_vm_readv(program_, &to, 1, &from, 1, 0) != static_cast<ssize_t>(size)) {
      run.reached = false;
      answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    } else {
      const ssize_t done = asked.data.nr == SYS_pwrite64
                               ? ::pwrite(fd, bytes.data(), size, static_cast<off_t>(asked.data.args[3]))
                               : ::write(fd, bytes.data(), size);
      answer.val = done;
      if (done < 0) answer.error = -errno;
    }
    ::close(fd);
    ::close(process);
  }

  static void* address(std::uint64_t value) {
    return reinterpret_cast<void*>(static_cast<std::uintptr_t>(value));  // NOLINT: of another process
  }

  bool is_of_program(pid_t thread) {
    const auto known = of_program_.find(thread);
    if (known != of_program_.end()) return known->second;
    return of_program_[thread] =
               ::access(("/proc/" + std::to_string(program_) + "/task/" + std::to_string(thread)).c_str(), F_OK) == 0;
  }

  /// Empty: it does not lie in the folder, or is the workflow.
  std::string file_of(const seccomp_notif& asked, Names names) const {
    if (names == Names::fd_first || names == Names::fd_fifth) {
      const int fd = static_cast<int>(asked.data.args[names == Names::fd_first ? 0 : 4]);
      char target[512];
      const ssize_t size = ::readlink(("/proc/" + std::to_string(program_) + "/fd/" + std::to_string(fd)).c_str(),
                                      target, sizeof target);
      const std::string_view file(target, size > 0 ? static_cast<std::size_t>(size) : 0);
      return file.starts_with(folder_) && !file.ends_with(".yaml") ? std::string(file) : std::string();
    }
    char text[512] = {};
    iovec to{text, sizeof text - 1},
        from{address(asked.data.args[names == Names::path_first ? 0 : 1]), sizeof text - 1};
    if (::process_vm_readv(program_, &to, 1, &from, 1, 0) <= 0) {
      // The text ends shortly before a page that is not there.
      to.iov_len = from.iov_len = 4096 - reinterpret_cast<std::uintptr_t>(from.iov_base) % 4096;
      if (to.iov_len >= sizeof text || ::process_vm_readv(program_, &to, 1, &from, 1, 0) <= 0) return {};
    }
    const std::string_view path(text);
    const bool inside = path.starts_with(folder_) || (!path.empty() && path[0] != '/');
    return inside && !path.ends_with(".yaml") ? std::string(path) : std::string();
  }

  const pid_t program_;
  const int listener_;
  const std::string folder_;
  const CallFault& fault_;
  std::map<pid_t, bool> of_program_;
};

}  // namespace

bool can_observe_calls() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(install() >= 0 ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

ObservedRun run_observed(const std::vector<std::string>& words, const ProgramOptions& options, const CallFault& fault) {
  const int out = output_file(), err = output_file();
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  int sockets[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) throw std::runtime_error("socketpair");
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const pid_t program = ::fork();
  if (program == 0) {
    ::dup2(::open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    for (const auto& [name, value] : options.environment) ::setenv(name.c_str(), value.c_str(), 1);
    if (::chdir(options.folder.c_str()) != 0) ::_exit(126);
    const int listener = install();
    if (listener < 0) ::_exit(126);
    send_fd(sockets[1], listener);
    ::close(listener);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(sockets[1]);
  const int listener = receive_fd(sockets[0]);
  ::close(sockets[0]);
  ObservedRun run;
  Supervisor(program, listener, options.folder.string(), fault).serve(run);
  ::close(listener);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
  run.end.out = taken_from(out);
  run.end.err = taken_from(err);
  return run;
}

}  // namespace ropewalk::test
