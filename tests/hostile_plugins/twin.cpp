// Built twice, with other numbers behind the same names: P16. What it exports by name must not be taken from its twin.

#include <ropewalk/sdk/task.hpp>

#include <cstdint>

/// One of these in the whole process, if the linker had its way.
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
    task.summary("Says which of the twins it is.").thread_safe().result("number", &Result::number).result("called", &Result::called);
  }
};

}  // namespace

ROPEWALK_PLUGIN(TWIN_NAME, "1.0.0", ropewalk::task<Which>("which"))
