#include "program_output.hpp"

#include "base/cycles.hpp"
#include "base/fd.hpp"
#include "base/text.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace ropewalk::cli {
namespace {

constexpr std::int64_t kLimitNs = 5'000'000'000;
constexpr std::size_t kMaxBytes = 4096;

}  // namespace

ProgramOutput output_of(const std::filesystem::path& program, const std::vector<std::string>& arguments) {
  ProgramOutput output;
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return output.problem = std::strerror(errno), output;
  const Fd out(ends[0]);
  Fd in(ends[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<std::string> words{program.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, words.front().c_str(), &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  in.reset();
  if (error != 0) return output.problem = error == EAGAIN ? start_failure_text(error) : std::strerror(error), output;

  const std::int64_t until_ns = monotonic_ns() + kLimitNs;
  bool ended = false;
  while (!ended && output.text.size() < kMaxBytes) {
    pollfd there{.fd = out.get(), .events = POLLIN, .revents = 0};
    const std::int64_t left_ms = (until_ns - monotonic_ns()) / 1'000'000;
    if (left_ms <= 0 || (::poll(&there, 1, static_cast<int>(left_ms)) == 0)) break;
    std::array<char, 512> piece{};
    const ssize_t size = ::read(out.get(), piece.data(), piece.size());
    if (size > 0)
      output.text.append(piece.data(), static_cast<std::size_t>(size));
    else
      ended = size == 0 || errno != EINTR;
  }
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd exit{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
  const std::int64_t left_ms = std::max<std::int64_t>((until_ns - monotonic_ns()) / 1'000'000, 0);
  if (!ended || ::poll(&exit, 1, static_cast<int>(left_ms)) != 1) {
    ::kill(pid, SIGKILL);
    output.problem = "it did not end within 5 s";
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status)) output.code = WEXITSTATUS(status);
  return output;
}

}  // namespace ropewalk::cli
