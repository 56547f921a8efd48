#include "stop_watch.hpp"

#include "interpreter.hpp"

#include "protocol/futex.hpp"

#include <csignal>
#include <deque>
#include <limits.h>
#include <mutex>
#include <utility>

namespace ropewalk::python {
namespace {

const int kInterruptSignal = SIGRTMIN + 6;
constexpr std::int64_t kAgainNs = 20'000'000;   // between two looks while a request waits for its effect
constexpr std::size_t kStackBytes = 256 << 10;  // it may run the release of Python objects

PyObject* cancelled_type = nullptr;
pthread_t first_thread;
std::mutex adding;
std::deque<Running>& all = *new std::deque<Running>;  // never destroyed: threads watch it to the very end
thread_local Running* here = nullptr;

bool is_before(std::uint64_t ended, std::uint32_t requested) {
  return static_cast<std::int32_t>(requested - static_cast<std::uint32_t>(ended)) > 0;
}

/// What Python calls for the signal, on the first thread: raises if the task that runs now is to stop.
PyObject* on_interrupt(PyObject*, PyObject*) {
  Running* const running = here;
  const std::uint64_t item = running != nullptr ? running->item.load(std::memory_order_relaxed) : 0;
  if (item == 0 || running->raised.load(std::memory_order_relaxed) == item || !running->lane.is_cancelled(item))
    Py_RETURN_NONE;
  running->raised.store(item, std::memory_order_relaxed);
  PyErr_SetNone(cancelled_type);
  return nullptr;
}
PyMethodDef interrupt_method = {"_on_interrupt", on_interrupt, METH_VARARGS, nullptr};

/// On the watching thread. The task cannot end while this thread has the lock of the interpreter.
void interrupt(Running& running, std::uint64_t item) {
  if (running.first_thread.load(std::memory_order_relaxed)) {
    ::pthread_kill(first_thread, kInterruptSignal);
    return;
  }
  const PyGILState_STATE state = PyGILState_Ensure();
  if (running.item.load(std::memory_order_relaxed) == item && running.raised.load(std::memory_order_relaxed) != item) {
    running.raised.store(item, std::memory_order_relaxed);
    PyThreadState_SetAsyncExc(running.thread.load(std::memory_order_relaxed), cancelled_type);
  }
  PyGILState_Release(state);
}

/// Sleeps while there is no request for an item that is not over.
void* watch(void* of) {
  Running& running = *static_cast<Running*>(of);
  const board::WorkerLane& lane = running.lane;
  for (;;) {
    const std::uint32_t word = lane.cancel_word().load(std::memory_order_acquire);
    const std::uint64_t item = running.item.load(std::memory_order_acquire);
    const bool runs = item != 0 && lane.is_cancelled(item);
    const bool raised = runs && running.raised.load(std::memory_order_relaxed) == item;
    if (runs && !raised) interrupt(running, item);
    // The request may be for an item that has not begun to run here.
    const bool is_open = !raised && word != 0 && is_before(running.ended.load(std::memory_order_acquire), word);
    if (is_open)
      board::futex_wait(&lane.cancel_word(), word, kAgainNs);
    else
      board::futex_wait(&lane.cancel_word(), word);
  }
  return nullptr;
}

/// Without a thread left to the process, requests have to wait for the host's end.
void start_watching(Running& running) {
  running.is_watched = true;
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, std::max<std::size_t>(kStackBytes, PTHREAD_STACK_MIN));
  ::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  sigset_t blocked, before;
  ::sigfillset(&blocked);
  for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS}) ::sigdelset(&blocked, signal);
  ::pthread_sigmask(SIG_SETMASK, &blocked, &before);  // signals of the task are for its own threads
  pthread_t thread;
  (void)::pthread_create(&thread, &attributes, &watch, &running);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::pthread_attr_destroy(&attributes);
}

Running& add_running(const host::Call& call) {
  const std::lock_guard lock(adding);
  for (Running& each : all)
    if (&each.lane == &call.lane) return each;
  return all.emplace_back(call.lane);
}

}  // namespace

Running& running_here(const host::Call& call) {
  if (here == nullptr || &here->lane != &call.lane) {
    here = &add_running(call);
    here->first_thread = is_first_thread();
    here->thread = PyThread_get_thread_ident();
  }
  return *here;
}

Interruptible::Interruptible(const host::Call& call, bool wanted)
    : running_(running_here(call)), item_(call.lane.item()), active_(wanted) {
  if (!wanted) return;
  if (!running_.is_watched) start_watching(running_);
  running_.item.store(item_, std::memory_order_release);
}

Interruptible::~Interruptible() { end(); }

bool Interruptible::is_stopping() const { return running_.lane.is_cancelled(item_); }

void Interruptible::end() {
  if (active_) running_.item.store(0, std::memory_order_relaxed);
  running_.ended.store(item_, std::memory_order_release);
  if (!std::exchange(active_, false)) return;
  if (running_.raised.load(std::memory_order_relaxed) == item_ && !running_.first_thread)
    PyThreadState_SetAsyncExc(running_.thread, nullptr);  // it may not have been raised yet
}

bool prepare_interrupts(PyObject* cancelled) {
  cancelled_type = Py_NewRef(cancelled);
  first_thread = ::pthread_self();
  const Ref function(PyCFunction_New(&interrupt_method, nullptr));
  const Ref module(PyImport_ImportModule("signal"));
  if (!function || !module) return false;
  const Ref set(PyObject_CallMethod(module.get(), "signal", "iO", kInterruptSignal, function.get()));
  return static_cast<bool>(set);
}

}  // namespace ropewalk::python
