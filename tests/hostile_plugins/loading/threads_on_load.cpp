// Starts a permanent thread in a static constructor: L06. The plugin works.

#include "nothing.hpp"

#include <pthread.h>
#include <unistd.h>

namespace {
struct Starts {
  Starts() {
    pthread_t thread;
    const auto wait = [](void*) -> void* {
      for (;;) pause();
    };
    if (pthread_create(&thread, nullptr, wait, nullptr) == 0) pthread_detach(thread);
  }
} starts;
}  // namespace

ROPEWALK_PLUGIN("threads_on_load", "1.0.0", ropewalk::task<Nothing>("nothing"))
