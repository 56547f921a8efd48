// Needs a library in its own folder, L10, and lets that library's exceptions through: P01.

#include "nothing.hpp"

extern "C" int ropewalk_test_books();
extern "C" void ropewalk_test_collapse();

struct Books {
  struct Result {
    std::int64_t books = 0;
  };
  Result run(ropewalk::Call&) const { return {ropewalk_test_books()}; }
  static void describe(ropewalk::TaskType<Books>& task) {
    task.summary("Asks a library.").result("books", &Result::books, "what it says");
  }
};

struct Collapse {
  void run(ropewalk::Call&) const { ropewalk_test_collapse(); }
  static void describe(ropewalk::TaskType<Collapse>& task) {
    task.summary("Throws what only a library knows.").thread_safe();
  }
};

ROPEWALK_PLUGIN("with_library", "1.0.0", ropewalk::task<Books>("books"), ropewalk::task<Collapse>("collapse"))
