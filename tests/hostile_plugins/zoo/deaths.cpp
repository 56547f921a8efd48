// Tasks that kill or block their process: W01, W06, W07, W13, W14, P02, P04, P05. Pointers and divisors are volatile,
// so that the compiler cannot foresee the fault.

#include "tasks.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <thread>

namespace zoo {
namespace {
volatile bool came_back = false;  // written after a call, which thus cannot become a jump
}

void kill_self(ropewalk::Call&) { kill(getpid(), SIGKILL); }

void segv(ropewalk::Call&) {
  volatile int* volatile nowhere = nullptr;
  *nowhere = 1;
}

void bus(ropewalk::Call&) {
  const int empty = memfd_create("empty", MFD_CLOEXEC);
  auto* beyond = static_cast<volatile char*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, empty, 0));
  beyond[0] = 1;
}

namespace {
/// Tests search for its name in backtraces.
[[gnu::noinline]] void writes_where_it_may_not(std::uintptr_t address) {
  auto* volatile where = reinterpret_cast<volatile int*>(address);
  *where = 1;
}
}  // namespace

void wild_write(ropewalk::Call&) {
  writes_where_it_may_not(0x1234'5678'9000);
  came_back = true;
}

void damaged_pointer(ropewalk::Call&) {
  writes_where_it_may_not(0xDEAD'BEEF'DEAD'BEEF);
  came_back = true;
}

void thread_segv(ropewalk::Call&) {
  std::thread([] {
    writes_where_it_may_not(0);
    came_back = true;
  }).join();
}

void call_null(ropewalk::Call&) {
  void (*volatile nobody)() = nullptr;
  nobody();
  came_back = true;
}

void fpe(ropewalk::Call&) {
  volatile int number = 7, zero = 0;
  volatile int result = number / zero;
  static_cast<void>(result);
}

void ill(ropewalk::Call&) { __builtin_trap(); }
void abort_self(ropewalk::Call&) { std::abort(); }
void exit0(ropewalk::Call&) { std::exit(0); }
void exit3(ropewalk::Call&) { std::exit(3); }
void exit_fast(ropewalk::Call&) { _exit(0); }
void quick_exit0(ropewalk::Call&) { std::quick_exit(0); }

namespace {
void throws() { throw std::runtime_error("thrown where nothing may be"); }
void promises_not_to() noexcept { throws(); }
}  // namespace

void throw_noexcept(ropewalk::Call&) { promises_not_to(); }

void terminate_from_thread(ropewalk::Call&) { std::thread(throws).join(); }

namespace {
volatile bool deep_enough = false;

int deeper(int depth) {
  volatile char frame[4096];
  frame[0] = static_cast<char>(depth);
  return deep_enough ? 0 : deeper(depth + 1) + frame[0];
}
}  // namespace

void stack_overflow(ropewalk::Call&) { deeper(0); }

void double_free(ropewalk::Call&) {
  void* volatile memory = std::malloc(100);
  void* volatile again = memory;
  std::free(memory);
  std::free(again);
}

void stop_self(ropewalk::Call&) { kill(getpid(), SIGSTOP); }

void sigterm_ignored(ropewalk::Call&) {
  signal(SIGTERM, SIG_IGN);
  for (;;) pause();
}

void spin_for_ever(ropewalk::Call&) {
  for (volatile unsigned turns = 0;;) turns = turns + 1;
}

DieAt::Result DieAt::run(ropewalk::Call& call) const {
  const auto index = static_cast<std::int64_t>(call.index());
  if ((at < 0 || at == index) && (first == 0 || call.attempt() <= first)) {
    if (how == "segv") segv(call);
    if (how == "exit") std::exit(0);
    if (how == "abort") std::abort();
    kill_self(call);
  }
  return {index};
}

void DieAt::describe(ropewalk::TaskType<DieAt>& task) {
  task.summary("Dies at one index.")
      .thread_safe()
      .option("at", &DieAt::at, "the index to die at; -1: all")
      .option("how", &DieAt::how, "to die")
      .one_of({"kill", "segv", "exit", "abort"})
      .option("first", &DieAt::first, "only the first n attempts die; 0: all")
      .result("index", &Result::index, "its own");
}

}  // namespace zoo
