#include "child.hpp"

#include "program.hpp"

#include <ropewalk/sdk/failure.hpp>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <thread>

extern char** environ;

namespace shell {
namespace {

[[noreturn]] void fail(const std::string& what) { throw ropewalk::Transient(what + ": " + std::generic_category().message(errno)); }

/// In memory and seekable: no pipe to feed while the command runs, and no SIGPIPE when it does not read.
Descriptor input_of(const Command& command) {
  if (!command.input) return Descriptor(open("/dev/null", O_RDONLY | O_CLOEXEC));
  Descriptor memory(memfd_create("stdin", MFD_CLOEXEC));
  for (std::string_view rest = *command.input; memory && !rest.empty();) {
    const ssize_t written = write(memory.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("cannot hand over the standard input");
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  if (memory) lseek(memory.get(), 0, SEEK_SET);
  return memory;
}

struct Pipe {
  Descriptor read, write;
  Pipe() {
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0) fail("cannot make a pipe");
    read = Descriptor(fds[0]), write = Descriptor(fds[1]);
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
  }
};

/// The process's environment with the command's on top, as "NAME=value".
std::vector<std::string> environment_of(const Command& command) {
  std::vector<std::string> all;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (!command.env.contains(std::string(text.substr(0, text.find('='))))) all.emplace_back(text);
  }
  for (const auto& [name, value] : command.env) all.push_back(name + "=" + value);
  return all;
}

std::string search_path_of(const Command& command) {
  const auto own = command.env.find("PATH");
  if (own != command.env.end()) return own->second;
  const char* inherited = std::getenv("PATH");
  return inherited != nullptr ? inherited : "/usr/local/bin:/usr/bin:/bin";
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// Own process group, no signal blocked or ignored, descriptors 0, 1, 2 and no other.
class Setup {
 public:
  Setup(int folder, int in, int out, int err) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addfchdir_np(&actions, folder);
    posix_spawn_file_actions_adddup2(&actions, in, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_adddup2(&actions, err, 2);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  }
  ~Setup() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  Setup(const Setup&) = delete;
  Setup& operator=(const Setup&) = delete;

  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
};

/// A duplicate at 3 or above: adddup2() onto 0..2 must not overwrite a descriptor that a later one needs, which
/// can be when the host was started with 0, 1 or 2 closed.
Descriptor high(Descriptor fd) {
  if (!fd || fd.get() > 2) return fd;
  return Descriptor(fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
}

}  // namespace

Child::Child(const Command& command) {
  const Descriptor folder = high(Descriptor(open(command.cwd.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)));
  if (!folder) throw std::runtime_error("cannot enter the folder '" + command.cwd + "': " + std::generic_category().message(errno));
  const std::string program = find_program(command.argv[0], search_path_of(command), folder.get());

  const Descriptor in = high(input_of(command));
  if (!in) fail("cannot open the standard input");
  Pipe out, err;
  out.write = high(std::move(out.write)), err.write = high(std::move(err.write));
  if (!out.write || !err.write) fail("cannot make a pipe");

  std::vector<std::string> argv = command.argv, env = environment_of(command);
  const std::vector<char*> argv_pointers = pointers_to(argv), env_pointers = pointers_to(env);
  const Setup setup(folder.get(), in.get(), out.write.get(), err.write.get());
  int error = 0;
  // A script written a moment ago can still be open for writing in a child that another thread is starting.
  for (int tries = 0; tries < 6; ++tries) {
    error = posix_spawn(&pid_, program.c_str(), &setup.actions, &setup.attributes, argv_pointers.data(), env_pointers.data());
    if (error != ETXTBSY) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(1 << tries));
  }
  if (error != 0) fail_to_start(command.argv[0], program, folder.get(), error);

  pidfd_ = Descriptor(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
  if (!pidfd_) {
    const int why = errno;
    kill(-pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
    errno = why;
    fail("cannot watch the command");
  }
  out_ = std::move(out.read);
  err_ = std::move(err.read);
}

Child::~Child() {
  if (pid_ < 0) return;
  kill(-pid_, SIGKILL);
  // Not for ever: a process in uninterruptible sleep may outlast the task.
  pollfd ended = {pidfd_.get(), POLLIN, 0};
  poll(&ended, 1, 1000);
  waitpid(pid_, nullptr, WNOHANG);
}

void Child::signal(int number) const {
  if (pid_ > 0) kill(-pid_, number);
}

Child::End Child::reap() {
  int status = 0;
  rusage usage{};
  while (wait4(pid_, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  const auto time = [](timeval value) { return std::chrono::seconds(value.tv_sec) + std::chrono::microseconds(value.tv_usec); };
  End end{.signalled = WIFSIGNALED(status), .cpu = time(usage.ru_utime) + time(usage.ru_stime)};
  end.number = end.signalled ? WTERMSIG(status) : WEXITSTATUS(status);
  return end;
}

}  // namespace shell
