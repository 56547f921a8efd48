#include "program.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ropewalk::test {
namespace {

namespace fs = std::filesystem;

std::string contents(int fd) {
  std::string text;
  char block[1 << 16];
  for (off_t at = 0;;) {
    const ssize_t got = ::pread(fd, block, sizeof block, at);
    if (got <= 0) return text;
    text.append(block, static_cast<std::size_t>(got));
    at += got;
  }
}

int memory_file(std::string_view text) {
  const int fd = ::memfd_create("standard", MFD_CLOEXEC);
  if (::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) throw std::runtime_error("memfd");
  ::lseek(fd, 0, SEEK_SET);
  return fd;
}

/// The files that programs keep between their runs; never those of the user who runs the tests.
const Folder& kept_files() {
  static const Folder folder;
  return folder;
}

}  // namespace

Program::Program(const std::vector<std::string>& words, const ProgramOptions& options)
    : start_(std::chrono::steady_clock::now()) {
  // Appending, so that the program's own children cannot overwrite each other.
  out_ = memory_file("");
  err_ = memory_file("");
  ::fcntl(out_, F_SETFL, O_APPEND);
  ::fcntl(err_, F_SETFL, O_APPEND);
  const int in = memory_file(options.standard_input);
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const std::string state = kept_files().path("state"), cache = kept_files().path("cache");
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(options.input >= 0 ? options.input : in, STDIN_FILENO);
    ::dup2(options.standard_output >= 0 ? options.standard_output : out_, STDOUT_FILENO);
    ::dup2(options.standard_error >= 0 ? options.standard_error : err_, STDERR_FILENO);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    if (options.own_group) ::setpgid(0, 0);
    if (options.controlling_terminal && (::setsid() < 0 || ::ioctl(STDERR_FILENO, TIOCSCTTY, 0) != 0)) ::_exit(125);
    ::setenv("XDG_STATE_HOME", state.c_str(), 1);
    ::setenv("XDG_CACHE_HOME", cache.c_str(), 1);
    // Runs leave nothing where the tests run. A test of records says otherwise.
    ::setenv("ROPEWALK_RECORD", "false", 1);
    for (const char* name : {"CI", "GITHUB_ACTIONS"}) ::unsetenv(name);  // of the machine that runs the tests
    for (const auto& [name, value] : options.environment) ::setenv(name.c_str(), value.c_str(), 1);
    for (const int number : options.ignored_signals) ::signal(number, SIG_IGN);
    sigset_t blocked;
    ::sigemptyset(&blocked);
    for (const int number : options.blocked_signals) ::sigaddset(&blocked, number);
    ::sigprocmask(SIG_BLOCK, &blocked, nullptr);
    if (!options.folder.empty() && ::chdir(options.folder.c_str()) != 0) ::_exit(126);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(in);
}

Program::~Program() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(out_);
  ::close(err_);
}

void Program::signal(int number) const { ::kill(pid_, number); }

bool Program::said(std::string_view text) const {
  return eventually([&] { return contents(err_).find(text) != std::string::npos; });
}

ProgramEnd Program::wait() {
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  pollfd end{pidfd, POLLIN, 0};
  if (::poll(&end, 1, static_cast<int>(std::chrono::milliseconds(kLongPatience).count())) != 1) ::kill(pid_, SIGKILL);
  ::close(pidfd);
  int status = 0;
  rusage use{};
  ::wait4(pid_, &status, 0, &use);
  pid_ = -1;
  ProgramEnd ended;
  ended.peak_kib = use.ru_maxrss;
  ended.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  ended.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  ended.out = contents(out_);
  ended.err = contents(err_);
  ended.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  return ended;
}

std::vector<std::string> ropewalk_words(std::vector<std::string> words) {
  words.insert(words.begin(), ROPEWALK_PROGRAM);
  return words;
}

ProgramEnd ropewalk(std::vector<std::string> words, const ProgramOptions& options) {
  return Program(ropewalk_words(std::move(words)), options).wait();
}

Folder::Folder() {
  std::string name = (fs::temp_directory_path() / "ropewalk-test-XXXXXX").string();
  path_ = ::mkdtemp(name.data());
}

Folder::~Folder() {
  std::error_code failed;
  fs::remove_all(path_, failed);
}

std::string Folder::file(const std::string& name, std::string_view text) const {
  fs::create_directories((path_ / name).parent_path());
  std::ofstream(path_ / name, std::ios::binary) << text;
  return path(name);
}

ProgramOptions recording_in(const Folder& folder, std::vector<std::pair<std::string, std::string>> more) {
  more.insert(more.begin(), {{"ROPEWALK_RECORD", ""}, {"XDG_CONFIG_HOME", folder.path("home")}, {"TZ", "UTC"}});
  return {.folder = folder.path(), .environment = std::move(more)};
}

std::string read_file(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  std::istringstream in{std::string(text)};
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string masked(std::string text) {
  text = std::regex_replace(text, std::regex(R"([0-9]+(\.[0-9]+)? (ns|us|ms|s)\b)"), "TIME");
  text = std::regex_replace(text, std::regex(R"([0-9]+\.[0-9]+)"), "N");
  return std::regex_replace(text, std::regex(" +"), " ");
}

}  // namespace ropewalk::test
