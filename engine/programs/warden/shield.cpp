#include "warden/shield.hpp"

#include "base/crash_signals.hpp"
#include "base/failpoint.hpp"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>

namespace ropewalk::warden {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t kArchitecture = 0;  // no filter on this architecture
#endif

/// Builds the filter for one system call at a time; each part ends with its verdict.
class Program {
 public:
  void load(std::size_t offset) { add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)); }
  /// Loads the low half, because pids and signals are ints.
  void load_argument(unsigned number) { load(offsetof(seccomp_data, args) + 8 * number); }
  void allow() { add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW); }
  void refuse() { add(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM); }
  /// Continues behind `length` further instructions unless the loaded word equals `value`.
  void skip_unless(std::uint32_t value, std::uint8_t length) {
    code.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, length));
  }
  void refuse_if(std::uint32_t value) {
    skip_unless(value, 1);
    refuse();
  }
  std::vector<sock_filter> code;

 private:
  void add(unsigned operation, std::uint32_t value) {
    code.push_back(BPF_STMT(static_cast<std::uint16_t>(operation), value));
  }
};

/// Checks a call with the arguments `target` and `signal`. Signal 0 only tests for existence and SIGCONT is harmless,
/// so both pass. Signals that the engine handles may be sent to it.
void check_signal(Program& program, std::uint32_t call, unsigned target, unsigned signal, pid_t warden, pid_t engine) {
  Program body;
  body.load_argument(signal);
  for (const int harmless : {0, SIGCONT}) {
    body.skip_unless(static_cast<std::uint32_t>(harmless), 1);
    body.allow();
  }
  body.load_argument(target);
  for (const pid_t refused : {warden, -warden, -1}) body.refuse_if(static_cast<std::uint32_t>(refused));
  Program fatal;
  fatal.load_argument(signal);
  for (const int stopping : {SIGKILL, SIGSTOP}) fatal.refuse_if(static_cast<std::uint32_t>(stopping));
  for (const int crash : kCrashSignals) fatal.refuse_if(static_cast<std::uint32_t>(crash));
  fatal.allow();
  for (const pid_t guarded : {engine, -engine}) {
    body.skip_unless(static_cast<std::uint32_t>(guarded), static_cast<std::uint8_t>(fatal.code.size()));
    body.code.insert(body.code.end(), fatal.code.begin(), fatal.code.end());
  }
  body.allow();
  program.skip_unless(call, static_cast<std::uint8_t>(body.code.size()));
  program.code.insert(program.code.end(), body.code.begin(), body.code.end());
}

void check_target(Program& program, std::uint32_t call, unsigned target, pid_t warden, pid_t engine) {
  Program body;
  body.load_argument(target);
  for (const pid_t refused : {warden, engine}) body.refuse_if(static_cast<std::uint32_t>(refused));
  body.allow();
  program.skip_unless(call, static_cast<std::uint8_t>(body.code.size()));
  program.code.insert(program.code.end(), body.code.begin(), body.code.end());
}

}  // namespace

Shield::Shield(pid_t warden, pid_t engine) {
  if (kArchitecture == 0) return;
  if (engine <= 0) engine = warden;  // the engine is in another PID namespace
  Program program;
  program.load(offsetof(seccomp_data, arch));
  program.skip_unless(kArchitecture, 1);
  program.load(offsetof(seccomp_data, nr));
  // System call numbers of another architecture must not be compared below. A holds the architecture.
  check_signal(program, __NR_kill, 0, 1, warden, engine);
  check_signal(program, __NR_tkill, 0, 1, warden, engine);
  check_signal(program, __NR_tgkill, 0, 2, warden, engine);
  check_signal(program, __NR_rt_sigqueueinfo, 0, 1, warden, engine);
  check_signal(program, __NR_rt_tgsigqueueinfo, 0, 2, warden, engine);
  check_target(program, __NR_ptrace, 1, warden, engine);
  check_target(program, __NR_process_vm_writev, 0, warden, engine);
  check_target(program, __NR_prlimit64, 0, warden, engine);
  check_target(program, __NR_pidfd_open, 0, warden, warden);
  program.allow();
  code_ = std::move(program.code);
}

void Shield::raise() const {
  if (code_.empty() || ROPEWALK_FAILPOINT("warden.shield") != 0) return;
  const sock_fprog program{.len = static_cast<unsigned short>(code_.size()),
                           .filter = const_cast<sock_filter*>(code_.data())};
  const auto install = [&] {
    return ::syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program);
  };
  if (install() == 0 || errno != EACCES || ::geteuid() != 0) return;
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) install();
}

}  // namespace ropewalk::warden
