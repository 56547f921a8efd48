#include "host/faults.hpp"

#include <csignal>
#include <cstdlib>
#include <pthread.h>
#include <unistd.h>

namespace ropewalk::host {
namespace {

constexpr std::size_t kStackBytes = 64 * 1024;
constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};

/// Plain data: a handler may read it at any moment.
struct Speaker {
  board::WorkerLane* lane = nullptr;
  bool busy = false;
  std::uint64_t task = 0;
  std::uint32_t attempt = 0;
  std::uintptr_t stack_low = 0, stack_high = 0;
};
thread_local Speaker speaker;
pid_t host_pid = 0;

void speak(board::EvidenceKind kind, int number) {
  // A child that a task forked must not speak for its parent.
  if (speaker.lane == nullptr || !speaker.busy || ::getpid() != host_pid) return;
  speaker.busy = false;
  speaker.lane->publish_dying({.type = board::RecordType::evidence,
                               .task = speaker.task,
                               .attempt = speaker.attempt,
                               .code = static_cast<std::uint32_t>(kind) << 16 | static_cast<std::uint32_t>(number & 0xFFFF)});
}

void on_fault(int signal, siginfo_t* info, void*) {
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  // A guard page or just below: a frame of up to 64 KiB may have jumped over it.
  const bool overflow = signal == SIGSEGV && speaker.stack_low != 0 && address < speaker.stack_low + 4096 &&
                        address + (64 << 10) > speaker.stack_low;
  speak(overflow ? board::EvidenceKind::stack_overflow : board::EvidenceKind::signal, signal);
  // SA_RESETHAND: the default action is back. Returning repeats the fault; a sent signal has to be raised again.
  if (info->si_code <= 0) ::raise(signal);
}

void on_exit_call(int code, void*) {
  if (::getpid() != host_pid) ::_exit(code);  // a forked child: not ours to clean up after
  speak(board::EvidenceKind::exit, code);
  // Other workers are in the middle of tasks: running destructors under them could only turn one exit into a crash.
  ::_exit(code);
}

void on_quick_exit() { speak(board::EvidenceKind::exit, 0); }

}  // namespace

void install_fault_handlers() {
  host_pid = ::getpid();
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = static_cast<int>(SA_SIGINFO | SA_ONSTACK | SA_RESETHAND);
  ::sigemptyset(&action.sa_mask);
  for (const int signal : kSignals) ::sigaction(signal, &action, nullptr);
}

void install_exit_handlers() {
  ::on_exit(on_exit_call, nullptr);
  std::at_quick_exit(on_quick_exit);
}

FaultScope::FaultScope(board::WorkerLane& lane) : stack_(new std::byte[kStackBytes]) {
  stack_t alternate{};
  alternate.ss_sp = stack_.get();
  alternate.ss_size = kStackBytes;
  ::sigaltstack(&alternate, nullptr);
  speaker = {};
  pthread_attr_t attributes;
  if (::pthread_getattr_np(::pthread_self(), &attributes) == 0) {
    void* low = nullptr;
    std::size_t size = 0;
    ::pthread_attr_getstack(&attributes, &low, &size);
    ::pthread_attr_destroy(&attributes);
    speaker.stack_low = reinterpret_cast<std::uintptr_t>(low);
    speaker.stack_high = speaker.stack_low + size;
  }
  speaker.lane = &lane;
}

FaultScope::~FaultScope() {
  speaker = {};
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  ::sigaltstack(&none, nullptr);
}

void FaultScope::running(std::uint64_t task, std::uint32_t attempt) {
  speaker.task = task;
  speaker.attempt = attempt;
  speaker.busy = true;
}

void FaultScope::idle() { speaker.busy = false; }

}  // namespace ropewalk::host
