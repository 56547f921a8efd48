// Built twice, with different numbers behind the same names: P16. Symbols that it exports by name must not be resolved
// to its twin's.

#include <ropewalk/sdk/task.hpp>

#include <cstdint>

/// The linker would merge these into one per process.
template <class>
struct Shared {
  static inline std::int64_t number = TWIN;
};

[[gnu::visibility("default"), gnu::noinline]] std::int64_t twin_number() { return Shared<int>::number; }

namespace {

struct Which {
  struct Result {
    std::int64_t number = 0, called = 0;
  };
  Result run(ropewalk::Call&) const { return {Shared<int>::number, twin_number()}; }
  static void describe(ropewalk::TaskType<Which>& task) {
    task.summary("Says which of the twins it is.")
        .thread_safe()
        .result("number", &Result::number)
        .result("called", &Result::called);
  }
};

}  // namespace

ROPEWALK_PLUGIN(TWIN_NAME, "1.0.0", ropewalk::task<Which>("which"))
