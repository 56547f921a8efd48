#include "host/faults.hpp"

#include "host/backtrace.hpp"
#include "host/fault_text.hpp"
#include "host/language.hpp"
#include "host/leaving.hpp"

#include "base/crash_signals.hpp"

#include <cxxabi.h>
#include <pthread.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <csetjmp>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <typeinfo>

namespace ropewalk::host {
namespace {

constexpr std::size_t kStackBytes = 64 * 1024;
constexpr time_t kReportTimeout_s = 2;  // then SIGALRM ends the process

/// Plain data: a handler may read it at any moment.
struct FaultContext {
  board::WorkerLane* lane = nullptr;
  std::atomic<bool> busy = false;
  std::uint64_t task = 0;
  std::uint32_t attempt = 0;
  std::uintptr_t stack_low = 0, stack_high = 0;
  std::uintptr_t worker_frame = 0;  // below it lie the frames of tasks
  bool has_second_stack = false;    // for good
};
thread_local FaultContext speaker;
std::atomic<FaultContext*> only_speaker = nullptr;  // that of the only worker, for threads that its task started
pid_t host_pid = 0;

// Set by the first thread that faults, whose fault ends the process. Others wait, because each would be one more
// suspect.
std::atomic_flag telling = ATOMIC_FLAG_INIT;
thread_local bool has_no_calls = false;
thread_local bool telling_here = false;
FaultContext* reporter = nullptr;
sigjmp_buf last_resort;
char uncaught[400];  // the exception that ends the process, if one does
std::atomic<std::size_t> uncaught_size = 0;
std::terminate_handler says_why = std::abort;

/// Publishes the evidence for a fault of this thread, and returns the context of its worker. Null: there is no such
/// worker, or the evidence was published.
FaultContext* speak(board::EvidenceKind kind, int number) {
  FaultContext* const who = speaker.lane != nullptr ? &speaker : only_speaker.load();
  // A child that a task forked must not publish for its parent.
  if (who == nullptr || ::getpid() != host_pid || !who->busy.exchange(false)) return nullptr;
  if (who != &speaker && !who->lane->seize()) return nullptr;
  who->lane->publish_dying(
      {.type = board::RecordType::evidence,
       .task = who->task,
       .attempt = who->attempt,
       .code = static_cast<std::uint32_t>(kind) << 16 | static_cast<std::uint32_t>(number & 0xFFFF)});
  return who;
}

void report_line(std::string_view line) {
  reporter->lane->publish_dying(
      {.type = board::RecordType::backtrace, .task = reporter->task, .attempt = reporter->attempt}, line);
}

void set_handler(int signal, void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
}

void set_timer(time_t seconds) {
  itimerval timer{};
  timer.it_value.tv_sec = seconds;
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

[[noreturn]] void wait_for_the_end() {
  for (;;) ::pause();
}

void on_second_fault(int) {
  if (telling_here) ::siglongjmp(last_resort, 1);
  wait_for_the_end();
}

/// Sends everything after the first, decisive record. It may fault or hang.
void report_evidence(const siginfo_t& info, ucontext_t& context, bool overflow) {
  telling_here = true;
  set_handler(SIGALRM, SIG_DFL, 0);
  set_handler(SIGSEGV, on_second_fault, SA_ONSTACK);
  set_handler(SIGBUS, on_second_fault, SA_ONSTACK);
  sigset_t needed;
  ::sigemptyset(&needed);
  for (const int signal : {SIGALRM, SIGSEGV, SIGBUS}) ::sigaddset(&needed, signal);
  ::pthread_sigmask(SIG_UNBLOCK, &needed, nullptr);
  set_timer(kReportTimeout_s);
  if (sigsetjmp(last_resort, 0) == 0) {
    if (language != nullptr) language->flush_dying();
    const Line fault = describe_fault(info, context, overflow);
    if (!fault.view().empty()) report_line(fault.view());
    if (info.si_signo == SIGABRT && uncaught_size != 0) report_line({uncaught, uncaught_size});
    if (language != nullptr) language->report_frames(report_line);
    report_backtrace(context, info.si_code <= 0, speaker.worker_frame, report_line);
  } else {
    report_line("   (the stack is damaged from here on)");
  }
  set_timer(0);
  set_handler(SIGSEGV, SIG_DFL, 0);
  set_handler(SIGBUS, SIG_DFL, 0);
}

void on_fault(int signal, siginfo_t* info, void* context) {
  if (has_no_calls) __builtin_trap();  // a fault whose signal is blocked, as it is here, ends the process
  if (::getpid() == host_pid && telling.test_and_set() && !telling_here) wait_for_the_end();
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  // A guard page or just below: a frame of up to 64 KiB may have jumped over it.
  const bool overflow = signal == SIGSEGV && info->si_code > 0 && speaker.stack_low != 0 &&
                        address < speaker.stack_low + 4096 && address + (64 << 10) > speaker.stack_low;
  FaultContext* const who = speak(overflow ? board::EvidenceKind::stack_overflow : board::EvidenceKind::signal, signal);
  if (who != nullptr) {
    reporter = who;
    report_evidence(*info, *static_cast<ucontext_t*>(context), overflow);
  }
  // Now the default action. Returning repeats the fault. A signal that was sent, or comes from a completed instruction,
  // must be raised again.
  set_handler(signal, SIG_DFL, 0);
  if (info->si_code <= 0 || signal == SIGTRAP || signal == SIGSYS) ::raise(signal);
}

/// Runs on the thread that threw, before it aborts. This is no signal handler, so the exception can be inspected.
void on_terminate() {
  Line line;
  if (const std::type_info* const type = abi::__cxa_current_exception_type()) {
    line.text("uncaught exception ");
    int status = 0;
    char* const name = abi::__cxa_demangle(type->name(), nullptr, nullptr, &status);
    line.text(name != nullptr ? name : type->name());
    std::free(name);
    try {
      throw;
    } catch (const std::exception& exception) {
      line.text(": ").text(exception.what());
    } catch (...) {
    }
    const std::string_view text = line.view().substr(0, sizeof uncaught);
    for (std::size_t i = 0; i < text.size(); ++i) uncaught[i] = text[i] == '\n' ? ' ' : text[i];
    uncaught_size = text.size();
  }
  says_why();  // on standard error, and aborts
  std::abort();
}

void on_exit_call(int code, void*) {
  if (::getpid() != host_pid) ::_exit(code);  // a forked child, which is not cleaned up here
  if (is_leaving()) return;                   // the host ends by itself, and the destructors of the plugin follow
  flush_printed();
  speak(board::EvidenceKind::exit, code);
  // Other workers are running tasks: destructors could turn this exit into a crash.
  ::_exit(code);
}

void on_quick_exit() { speak(board::EvidenceKind::exit, 0); }

void use_second_stack(std::byte* stack) {
  stack_t alternate{};
  alternate.ss_sp = stack;
  alternate.ss_size = kStackBytes;
  ::sigaltstack(&alternate, nullptr);
}

void measure_stack() {
  pthread_attr_t attributes;
  if (::pthread_getattr_np(::pthread_self(), &attributes) != 0) return;
  void* low = nullptr;
  std::size_t size = 0;
  ::pthread_attr_getstack(&attributes, &low, &size);
  ::pthread_attr_destroy(&attributes);
  speaker.stack_low = reinterpret_cast<std::uintptr_t>(low);
  speaker.stack_high = speaker.stack_low + size;
}

}  // namespace

void install_fault_handlers() {
  host_pid = ::getpid();
  prepare_backtraces();
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  ::sigemptyset(&action.sa_mask);
  for (const int signal : kCrashSignals) ::sigaction(signal, &action, nullptr);
  says_why = std::set_terminate(on_terminate);
}

void adopt_fault_handlers() { host_pid = ::getpid(); }

void prepare_stacks() {
  measure_stack();
  use_second_stack(new std::byte[kStackBytes]);  // for good
  speaker.has_second_stack = true;
}

void install_exit_handlers() {
  ::on_exit(on_exit_call, nullptr);
  std::at_quick_exit(on_quick_exit);
}

void end_without_calls() {
  has_no_calls = true;
  for (;;) __builtin_trap();
}

[[gnu::noinline]] FaultScope::FaultScope(board::WorkerLane& lane, bool only_worker) {
  speaker.worker_frame = reinterpret_cast<std::uintptr_t>(__builtin_dwarf_cfa());
  if (!speaker.has_second_stack) {
    stack_.reset(new std::byte[kStackBytes]);
    use_second_stack(stack_.get());
  }
  if (speaker.stack_low == 0) measure_stack();
  speaker.lane = &lane;
  if (only_worker) only_speaker = &speaker;
}

FaultScope::~FaultScope() {
  only_speaker = nullptr;
  speaker.busy = false;
  speaker.worker_frame = 0;
  speaker.lane = nullptr;
  if (!stack_) return;
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  ::sigaltstack(&none, nullptr);
}

void FaultScope::running(std::uint64_t task, std::uint32_t attempt) {
  speaker.task = task;
  speaker.attempt = attempt;
  speaker.busy.store(true, std::memory_order_release);
}

void FaultScope::idle() { speaker.busy.store(false, std::memory_order_relaxed); }

}  // namespace ropewalk::host
