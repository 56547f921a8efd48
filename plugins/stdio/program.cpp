#include "stdio/program.hpp"

#include "process/capture.hpp"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace stdio {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr milliseconds kGrace{2000};       // between TERM and KILL
constexpr milliseconds kFarewell{1000};    // for a program whose standard input was closed
constexpr milliseconds kPollInterval{50};  // between two calls of cancelled() without a cancel descriptor
constexpr std::size_t kShown = 200;        // bytes of a line that is no answer

/// write() to a program that has gone raises SIGPIPE, which would end the host.
class WithoutBrokenPipe {
 public:
  WithoutBrokenPipe() {
    ::sigemptyset(&only_);
    ::sigaddset(&only_, SIGPIPE);
    sigset_t pending;
    ::sigpending(&pending);
    was_pending_ = ::sigismember(&pending, SIGPIPE) == 1;
    ::pthread_sigmask(SIG_BLOCK, &only_, &before_);
  }
  ~WithoutBrokenPipe() {
    const timespec now{};
    while (!was_pending_ && ::sigtimedwait(&only_, nullptr, &now) < 0 && errno == EINTR) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  WithoutBrokenPipe(const WithoutBrokenPipe&) = delete;
  WithoutBrokenPipe& operator=(const WithoutBrokenPipe&) = delete;

 private:
  sigset_t only_, before_;
  bool was_pending_;
};

std::string shown(std::string_view line) {
  std::string text(line.substr(0, kShown));
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  return text + (line.size() > kShown ? "..." : "");
}

ropewalk::Level level_of(const json& message) {
  const std::string level = message.value("level", "info");
  return level == "debug"     ? ropewalk::Level::debug
         : level == "warning" ? ropewalk::Level::warning
         : level == "error"   ? ropewalk::Level::error
                              : ropewalk::Level::info;
}

}  // namespace

/// One request on its way.
struct Program::Asking {
  Asking(ropewalk::Call& of, std::string text)
      : call(of), line(std::move(text)), output(of), errors(output, ropewalk::Stream::err) {}
  ropewalk::Call& call;
  const std::string line;
  std::size_t sent = 0;
  ropewalk::Output output;
  process::Capture errors;
  json answer;
};

Program::Program(const process::Launcher& launcher, process::Command command)
    : command_(std::move(command)), child_(launcher, command_) {
  child_.stop_holding_pipes();
}

Program::~Program() {
  child_.in().reset();
  if (usable_) wait_for_end(kFarewell);
}

nlohmann::json Program::ask(ropewalk::Call& call, const json& request) {
  const nanoseconds cpu_before = cpu_time();
  Asking asking(call, request.dump() + "\n");
  usable_ = false;  // until it has answered
  const int cancel_fd = call.cancel_fd();
  for (bool answered = take_lines(asking); !answered;) {
    pollfd fds[] = {{child_.ended(), POLLIN, 0},
                    {asking.sent < asking.line.size() ? child_.in().get() : -1, POLLOUT, 0},
                    {child_.out().get(), POLLIN, 0},
                    {child_.err().get(), POLLIN, 0},
                    {cancel_fd, POLLIN, 0}};
    ::poll(fds, 5, cancel_fd < 0 ? static_cast<int>(kPollInterval.count()) : -1);
    if (call.cancelled()) stop();
    if (fds[1].revents != 0) send(asking);
    if (!asking.errors.read(child_.err(), fds[3].revents)) asking.output.fail();
    answered = receive(asking, fds[2].revents);
    if (!answered && (fds[0].revents != 0 || !child_.out())) end_without_answer(asking);
  }
  call.charge_cpu(cpu_time() - cpu_before);
  usable_ = asking.sent == asking.line.size();
  return std::move(asking.answer);
}

void Program::send(Asking& asking) {
  const WithoutBrokenPipe guard;
  const ssize_t sent = ::write(child_.in().get(), asking.line.data() + asking.sent, asking.line.size() - asking.sent);
  if (sent > 0) asking.sent += static_cast<std::size_t>(sent);
  if (sent < 0 && errno == EPIPE) asking.sent = asking.line.size();  // it reads no more; its end or answer says why
}

/// Returns true if the request is answered.
bool Program::receive(Asking& asking, short events) {
  if (events == 0) return false;
  char block[64 << 10];
  const ssize_t got = ::read(child_.out().get(), block, sizeof block);
  if (got == 0) child_.out().reset();
  if (got <= 0) return false;
  received_.append(block, static_cast<std::size_t>(got));
  if (received_.size() > asking.output.limit())
    throw std::runtime_error("the answer of '" + command_.argv.front() + "' is longer than limits.output");
  return take_lines(asking);
}

bool Program::take_lines(Asking& asking) {
  for (std::size_t end; (end = received_.find('\n')) != std::string::npos;) {
    const std::string line = received_.substr(0, end);
    received_.erase(0, end + 1);
    if (line.find_first_not_of(" \t\r") != std::string::npos && take(asking, line)) return true;
  }
  return false;
}

/// Returns true if it is the answer.
bool Program::take(Asking& asking, std::string_view line) {
  json message = json::parse(line, nullptr, false);
  if (message.is_object()) {
    if (message.contains("value") || message.contains("error")) return asking.answer = std::move(message), true;
    if (const auto done = message.find("progress"); done != message.end() && done->is_number())
      return asking.call.progress(done->get<double>(), message.value("note", "")), false;
    if (const auto text = message.find("log"); text != message.end() && text->is_string())
      return asking.call.log(level_of(message), text->get_ref<const std::string&>()), false;
  }
  throw std::runtime_error("'" + command_.argv.front() +
                           "' wrote a line that is neither an answer nor a report: " + shown(line));
}

void Program::end_without_answer(Asking& asking) {
  if (!wait_for_end(kFarewell)) child_.signal(SIGKILL);
  const process::Child::End end = child_.reap();
  (void)asking.errors.read(child_.err(), POLLIN);
  asking.call.charge_cpu(end.cpu);
  const std::string last = asking.errors.last_line();
  const std::string name = "'" + command_.argv.front() + "'", why = last.empty() ? "" : ": " + last;
  if (end.signalled)
    throw std::runtime_error(name + " was killed by " + process::signal_name(end.number) + " before it answered" + why);
  throw ropewalk::ExitCode(end.number,
                           name + " exited with code " + std::to_string(end.number) + " before it answered" + why);
}

void Program::stop() {
  child_.signal(SIGTERM);
  child_.signal(SIGCONT);  // a stopped process would not receive it
  if (!wait_for_end(kGrace)) child_.signal(SIGKILL);
  throw ropewalk::Stopped();
}

bool Program::wait_for_end(milliseconds time) const {
  pollfd ended{child_.ended(), POLLIN, 0};
  return ::poll(&ended, 1, static_cast<int>(time.count())) == 1;
}

nanoseconds Program::cpu_time() const {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(child_.pid(), &clock) != 0 || ::clock_gettime(clock, &time) != 0) return {};
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

}  // namespace stdio
