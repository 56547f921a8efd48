#include "process/child.hpp"

#include "process/program.hpp"

#include <ropewalk/sdk/failure.hpp>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <thread>

extern char** environ;

namespace process {
namespace {

constexpr int kPlenty = 256;  // of a limit of 1,024: with many concurrent commands, descriptors are scarce

[[noreturn]] void fail(const std::string& what) {
  const int error = errno;
  const std::string text = what + ": " + std::generic_category().message(error);
  if (error == EMFILE || error == ENFILE || error == EAGAIN || error == ENOMEM) throw ropewalk::NoRoom(text);
  throw ropewalk::Transient(text);
}

/// A seekable memory file as standard input: no pipe to feed while the command runs, and no SIGPIPE if the command does
/// not read it.
Descriptor memory_with(std::string_view text) {
  Descriptor memory(memfd_create("stdin", MFD_CLOEXEC));
  while (memory && !text.empty()) {
    const ssize_t written = write(memory.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("cannot hand over the standard input");
    text.remove_prefix(static_cast<std::size_t>(written));
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

/// The process's environment overlaid with the command's, as "NAME=value".
std::vector<std::string> environment_with(const std::map<std::string, std::string>& own) {
  std::vector<std::string> all;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (!own.contains(std::string(text.substr(0, text.find('='))))) all.emplace_back(text);
  }
  for (const auto& [name, value] : own) all.push_back(name + "=" + value);
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

/// Duplicates to 3 or above. A descriptor that becomes 0, 1 or 2 of the command must not overwrite one that is still
/// needed, which can happen if the host was started with one of them closed.
Descriptor high(Descriptor fd) {
  if (!fd || fd.get() > 2) return fd;
  return Descriptor(fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
}

}  // namespace

Child::Child(const Launcher& launcher, const Command& command) {
  const Descriptor folder =
      command.cwd ? high(Descriptor(open(command.cwd->c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC))) : Descriptor();
  if (command.cwd && !folder && (errno == EMFILE || errno == ENFILE))
    fail("cannot enter the folder '" + *command.cwd + "'");
  if (command.cwd && !folder)
    throw std::runtime_error("cannot enter the folder '" + *command.cwd +
                             "': " + std::generic_category().message(errno));
  const int start_in = folder ? folder.get() : AT_FDCWD;
  const std::string program = find_program(command.argv[0], search_path_of(command), start_in);

  Descriptor in = command.input ? high(memory_with(*command.input)) : Descriptor();
  if (command.input && !in) fail("cannot hand over the standard input");
  if (command.talks) {
    Pipe requests;
    fcntl(requests.read.get(), F_SETFL, 0);
    fcntl(requests.write.get(), F_SETFL, O_NONBLOCK);
    in = high(std::move(requests.read)), in_ = std::move(requests.write);
    if (!in) fail("cannot make a pipe");
  }
  Pipe out, err;
  out.write = high(std::move(out.write)), err.write = high(std::move(err.write));
  if (!out.write || !err.write) fail("cannot make a pipe");

  std::map<std::string, std::string> own = command.env;
  if (!launcher.make_flags().empty()) own.try_emplace("MAKEFLAGS", launcher.make_flags());
  std::vector<std::string> argv = command.argv, env = own.empty() ? std::vector<std::string>() : environment_with(own);
  const std::vector<char*> argv_pointers = pointers_to(argv), env_pointers = pointers_to(env);
  const Program start{.path = program.c_str(),
                      .argv = argv_pointers.data(),
                      .env = own.empty() ? environ : env_pointers.data(),
                      .folder = start_in,
                      .in = in.get(),
                      .out = out.write.get(),
                      .err = err.write.get()};
  Launcher::Started started;
  // A recently written script can still be open for writing in a child that another thread is starting.
  for (int tries = 0; tries < 6; ++tries) {
    started = launcher.start(start);
    if (started.error != ETXTBSY) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(1 << tries));
  }
  if (started.error != 0) fail_to_start(command.argv[0], program, start_in, started.error);
  pid_ = started.pid;
  pidfd_ = std::move(started.pidfd);
  out_ = std::move(out.read);
  err_ = std::move(err.read);
  if (err.write.get() >= kPlenty) return;
  held_out_ = std::move(out.write);
  held_err_ = std::move(err.write);
}

std::string signal_name(int number) {
  const char* name = sigabbrev_np(number);
  return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(number);
}

Child::~Child() {
  if (pid_ < 0) return;
  kill(-pid_, SIGKILL);
  // Wait with a limit, because a process in uninterruptible sleep may outlast the task.
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
  const auto time = [](timeval value) {
    return std::chrono::seconds(value.tv_sec) + std::chrono::microseconds(value.tv_usec);
  };
  End end{.signalled = WIFSIGNALED(status), .cpu = time(usage.ru_utime) + time(usage.ru_stime)};
  end.number = end.signalled ? WTERMSIG(status) : WEXITSTATUS(status);
  return end;
}

}  // namespace process
