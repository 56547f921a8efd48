#include "warden/spawner.hpp"

#include "base/failpoint.hpp"

#include <boost/process/v2/posix/default_launcher.hpp>
#include <boost/process/v2/process.hpp>

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

namespace ropewalk::warden {
namespace {

namespace process = boost::process::v2;

/// Prepares the child between fork and exec, with system calls only.
struct ChildSetup {
  const Upbringing& upbringing;
  const char* const* arguments;
  int output;
  const std::vector<Fd>& fds;
  pid_t warden;

  template <class Launcher>
  process::error_code on_exec_setup(Launcher&, const process::filesystem::path&, const char* const*& argv) const {
    argv = arguments;
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ROPEWALK_FAILPOINT("warden.before_exec");
    if (::getppid() != warden) ::_exit(1);  // the warden died before PDEATHSIG was set
    for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    make_expendable();
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || ::dup2(null, 0) < 0 || ::dup2(output >= 0 ? output : null, 1) < 0 ||
        ::dup2(output >= 0 ? output : null, 2) < 0)
      return failure();
    for (std::size_t i = 0; i < fds.size(); ++i)
      if (::dup2(fds[i].get(), 3 + static_cast<int>(i)) < 0) return failure();
    // Boost closes descriptors while it iterates /dev/fd, and misses some.
    ::close_range(3 + static_cast<unsigned>(fds.size()), ~0u, CLOSE_RANGE_CLOEXEC);
    // Without a mark the warden does not know the host of an orphan while this process lives.
    if (!upbringing.mark.put(upbringing.host)) ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    upbringing.shield.raise();
    return {};
  }

  static process::error_code failure() { return {errno, boost::system::system_category()}; }

  /// Makes the kernel kill a host before the engine when memory runs out.
  static void make_expendable() {
    const int fd = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    (void)!::write(fd, "500", 3);
    ::close(fd);
  }
};

/// Limits the time of a launch. Boost waits until the child calls exec. If the child were stopped before that, the
/// warden would wait forever and could kill no process. The child is killed instead, and is reported as a host that
/// died before `hello`.
class LaunchLimit {
 public:
  /// `pid`: the child's, once it exists.
  explicit LaunchLimit(const int& pid) {
    child_ = &pid;
    struct sigaction action {};
    action.sa_handler = [](int) {
      if (*child_ > 0) ::kill(*child_, SIGKILL);
    };
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGALRM, &action, nullptr);
    const itimerval limit{.it_interval = {1, 0}, .it_value = {kMaxLaunchS, 0}};
    ::setitimer(ITIMER_REAL, &limit, nullptr);
  }
  ~LaunchLimit() {
    const itimerval none{};
    ::setitimer(ITIMER_REAL, &none, nullptr);
    ::signal(SIGALRM, SIG_IGN);
  }
  LaunchLimit(const LaunchLimit&) = delete;
  LaunchLimit& operator=(const LaunchLimit&) = delete;

 private:
  static constexpr time_t kMaxLaunchS = 5;
  static inline const volatile int* child_ = nullptr;
};

/// As exec() takes them.
std::vector<const char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<const char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& text : texts) pointers.push_back(text.c_str());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Spawned spawn(const boost::asio::any_io_executor& executor, const Upbringing& upbringing,
              const warden_wire::Command& command, int output, const std::vector<Fd>& fds) {
  if (const int error = ROPEWALK_FAILPOINT("warden.spawn"))
    return {.pid = 0, .error = error, .text = std::strerror(error)};
  // The numbers 3, 4, ... may be in use as sources, so duplicate to higher numbers first.
  std::vector<Fd> high;
  high.reserve(fds.size());
  for (const Fd& fd : fds) high.emplace_back(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3 + static_cast<int>(fds.size())));
  const std::vector<const char*> environment = pointers_to(command.env), arguments = pointers_to(command.argv);

  process::posix::default_launcher launcher;
  const LaunchLimit limit(launcher.pid);
  launcher.env = environment.data();
  for (std::size_t i = 0; i < fds.size(); ++i) launcher.fd_whitelist.push_back(3 + static_cast<int>(i));
  const pid_t warden = ::getpid();
  const auto failed = [warden](int error, std::string text) -> Spawned {
    if (::getpid() != warden) ::_exit(1);  // the child must not continue as a second warden
    return {.pid = 0, .error = error, .text = std::move(text)};
  };
  try {
    auto child = launcher(executor, process::filesystem::path(command.program), std::vector<std::string>(),
                          ChildSetup{upbringing, arguments.data(), output, high, warden});
    child.detach();  // the warden reaps by itself, with resource usage
    return {.pid = launcher.pid, .error = 0, .text = {}};
  } catch (const boost::system::system_error& error) {
    return failed(error.code().value(), error.code().message());
  } catch (const std::exception& error) {
    return failed(EAGAIN, error.what());
  }
}

}  // namespace ropewalk::warden
