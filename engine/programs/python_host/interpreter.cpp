#include "interpreter.hpp"

#include "python.hpp"

namespace ropewalk::python {
namespace {

struct State {
  PyThreadState* released = nullptr;  ///< that of this thread while it does not hold the lock
  bool holds = false;
  bool first = false;
  PyGILState_STATE ensured{};
};

/// Plain data: read for each task.
constinit thread_local State state;

/// Of a thread that is no thread of Python's. Without the lock its state is left to the end of the process, which has
/// begun.
struct AtThreadEnd {
  bool used = false;
  ~AtThreadEnd() {
    if (used && state.holds) PyGILState_Release(state.ensured);
  }
};
thread_local AtThreadEnd at_end;

[[gnu::noinline]] void take_lock() {
  if (state.released != nullptr) {
    PyEval_RestoreThread(std::exchange(state.released, nullptr));
  } else {
    state.ensured = PyGILState_Ensure();
    at_end.used = true;
  }
  state.holds = true;
}

}  // namespace

void hold_lock() {
  if (!state.holds) take_lock();
}

void release_lock() {
  if (!state.holds) return;
  state.holds = false;
  state.released = PyEval_SaveThread();
}

bool holds_lock() { return state.holds; }

void note_first_thread() {
  state.holds = true;
  state.first = true;
}

bool is_first_thread() { return state.first; }

}  // namespace ropewalk::python
