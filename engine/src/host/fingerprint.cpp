#include "host/fingerprint.hpp"

#include "base/descriptor_limit.hpp"
#include "host/wear.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cfenv>
#include <clocale>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <string_view>

namespace ropewalk::host {
namespace {

constexpr int kWatched[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGILL,  SIGABRT, SIGFPE,  SIGSEGV, SIGBUS,
                            SIGPIPE, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD, SIGTSTP, SIGXFSZ};

struct Limit {
  __rlimit_resource resource;
  const char* name;
};
constexpr Limit kLimits[] = {{RLIMIT_NOFILE, "RLIMIT_NOFILE"}, {RLIMIT_FSIZE, "RLIMIT_FSIZE"},
                             {RLIMIT_DATA, "RLIMIT_DATA"},     {RLIMIT_AS, "RLIMIT_AS"},
                             {RLIMIT_STACK, "RLIMIT_STACK"},   {RLIMIT_CORE, "RLIMIT_CORE"},
                             {RLIMIT_CPU, "RLIMIT_CPU"},       {RLIMIT_NPROC, "RLIMIT_NPROC"}};

std::string working_directory() {
  char path[PATH_MAX];
  return ::getcwd(path, sizeof path) != nullptr ? path : "one that is gone";
}

std::size_t threads_of_process() {
  struct stat about {};
  return ::stat("/proc/self/task", &about) == 0 && about.st_nlink > 2 ? about.st_nlink - 2 : 0;
}

/// umask() reads the mask only by setting it. If other threads may create files at that time, it is read from /proc.
mode_t umask_of_process(std::size_t threads) {
  constexpr std::size_t kHostsOwn = 2;  // worker and control thread
  if (threads != 0 && threads <= kHostsOwn) {
    const mode_t mask = ::umask(077);
    ::umask(mask);
    return mask;
  }
  char text[512] = {};
  const int fd = ::open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  const ssize_t size = ::read(fd, text, sizeof text - 1);
  ::close(fd);
  const char* const at = size > 0 ? std::strstr(text, "\nUmask:") : nullptr;
  return at == nullptr ? 0 : static_cast<mode_t>(std::strtoul(at + std::strlen("\nUmask:"), nullptr, 8));
}

std::uint64_t hash_of_environment() {
  std::uint64_t hash = 0;
  const auto mix = [&](std::uint64_t word) {
    hash = (hash ^ word) * 0x9E37'79B9'7F4A'7C15;
    hash ^= hash >> 29;
  };
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    std::string_view text = *at;
    std::uint64_t word = 0;
    for (; text.size() >= sizeof word; text.remove_prefix(sizeof word))
      std::memcpy(&word, text.data(), sizeof word), mix(word);
    word = text.size() << 56;
    std::memcpy(&word, text.data(), text.size());
    mix(word);
  }
  return hash;
}

std::vector<std::string> sorted_environment() {
  std::vector<std::string> variables;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) variables.emplace_back(*at);
  std::sort(variables.begin(), variables.end());
  return variables;
}

bool same_masks(const sigset_t& a, const sigset_t& b) {
  for (int signal = 1; signal < SIGRTMAX; ++signal)
    if (::sigismember(&a, signal) != ::sigismember(&b, signal)) return false;
  return true;
}

}  // namespace

Fingerprint Fingerprint::take(std::span<const int> own, bool first) {
  static_assert(std::size(kWatched) == kSignals && std::size(host::kLimits) == Fingerprint::kLimits);
  Fingerprint print;
  print.folder_ = working_directory();
  const char* const locale = std::setlocale(LC_ALL, nullptr);
  print.locale_ = locale == nullptr ? "" : locale;
  print.thread_locale_ = reinterpret_cast<std::uintptr_t>(::uselocale(nullptr));
  print.threads_ = threads_of_process();
  print.umask_ = umask_of_process(print.threads_);
  print.environment_ = hash_of_environment();
  if (first) print.variables_ = sorted_environment();
  ::pthread_sigmask(SIG_BLOCK, nullptr, &print.mask_);
  for (std::size_t i = 0; i < kSignals; ++i) {
    struct sigaction action {};
    ::sigaction(kWatched[i], nullptr, &action);
    print.handlers_[i] = reinterpret_cast<std::uintptr_t>(action.sa_handler);
  }
  for (std::size_t i = 0; i < kLimits; ++i) ::getrlimit(host::kLimits[i].resource, &print.limits_[i]);
  print.limits_[0].rlim_cur = descriptor_limit();  // the host itself lifts it for a moment
  print.priority_ = ::getpriority(PRIO_PROCESS, 0);
  print.rounding_ = std::fegetround();
  print.traps_ = ::fegetexcept();
  for (const int fd : own) {
    struct stat about {};
    print.own_.push_back(::fstat(fd, &about) == 0 ? File{about.st_dev, about.st_ino} : File{});
  }
  print.lowest_free_ = own.empty() ? 0 : lowest_free_descriptor(own.front());
  return print;
}

void Fingerprint::allow_growth(const Fingerprint& now) {
  lowest_free_ = std::max(lowest_free_, now.lowest_free_);
  threads_ = std::max(threads_, now.threads_);
}

void Fingerprint::leave_out(std::size_t descriptors) { lowest_free_ -= std::min(lowest_free_, descriptors); }

Fingerprint::Drift Fingerprint::drift(const Fingerprint& now, std::uint32_t known) const {
  using board::DriftKind;
  Drift drift;
  const auto changed = [&](DriftKind kind, bool is) { return is && (known & board::bit(kind)) == 0; };
  const auto say = [&](DriftKind kind, const std::string& text) {
    drift.kinds |= board::bit(kind);
    drift.text += (drift.text.empty() ? "" : "; ") + text;
  };
  if (changed(DriftKind::folder, now.folder_ != folder_))
    say(DriftKind::folder, "its working directory is " + now.folder_);
  if (changed(DriftKind::umask, now.umask_ != umask_))
    say(DriftKind::umask, fmt::format("its umask is {:03o}, at first {:03o}", now.umask_, umask_));
  if (changed(DriftKind::locale, now.locale_ != locale_))
    say(DriftKind::locale, fmt::format("its locale is {}, at first {}", now.locale_, locale_));
  else if (changed(DriftKind::locale, now.thread_locale_ != thread_locale_))
    say(DriftKind::locale, "its worker has a locale of its own");
  if (changed(DriftKind::environment, now.environment_ != environment_))
    say(DriftKind::environment, "its environment has changed" + changed_variable());
  if (changed(DriftKind::mask, !same_masks(now.mask_, mask_))) say(DriftKind::mask, "its worker blocks other signals");
  for (std::size_t i = 0; i < kSignals; ++i) {
    if (!changed(DriftKind::signals, now.handlers_[i] != handlers_[i])) continue;
    const bool ignored = now.handlers_[i] == reinterpret_cast<std::uintptr_t>(SIG_IGN);
    say(DriftKind::signals,
        fmt::format("SIG{} {}", ::sigabbrev_np(kWatched[i]), ignored ? "is ignored" : "has another handler"));
  }
  for (std::size_t i = 0; i < kLimits; ++i)
    if (changed(DriftKind::limits,
                now.limits_[i].rlim_cur != limits_[i].rlim_cur || now.limits_[i].rlim_max != limits_[i].rlim_max))
      say(DriftKind::limits, fmt::format("its {} has changed", host::kLimits[i].name));
  if (changed(DriftKind::priority, now.priority_ != priority_))
    say(DriftKind::priority, fmt::format("its priority is {}, at first {}", now.priority_, priority_));
  if (changed(DriftKind::floats, now.rounding_ != rounding_ || now.traps_ != traps_))
    say(DriftKind::floats, "its floating-point mode has changed");
  if (changed(DriftKind::hosts_own, now.own_ != own_))
    say(DriftKind::hosts_own, "descriptors of its host are closed or replaced");
  if (changed(DriftKind::descriptors, now.lowest_free_ > lowest_free_ + kMoreDescriptors))
    say(DriftKind::descriptors, fmt::format("{} descriptors are open, at first {}", now.lowest_free_, lowest_free_));
  if (changed(DriftKind::threads, now.threads_ > threads_ + kMoreThreads))
    say(DriftKind::threads, fmt::format("{} threads run, at first {}", now.threads_, threads_));
  return drift;
}

/// The name of a descriptor that differs from the first reading: " (PATH)".
std::string Fingerprint::changed_variable() const {
  const std::vector<std::string> variables = sorted_environment();
  std::vector<std::string> changed;
  std::set_symmetric_difference(variables_.begin(), variables_.end(), variables.begin(), variables.end(),
                                std::back_inserter(changed));
  return changed.empty() ? "" : fmt::format(" ({})", changed.front().substr(0, changed.front().find('=')));
}

}  // namespace ropewalk::host
