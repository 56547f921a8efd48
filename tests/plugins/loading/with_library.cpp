// Needs a library that lies beside it: L10.

#include "nothing.hpp"

extern "C" int ropewalk_test_books();

struct Books {
  struct Result {
    std::int64_t books = 0;
  };
  Result run(ropewalk::Call&) const { return {ropewalk_test_books()}; }
  static void describe(ropewalk::TaskType<Books>& task) { task.summary("Asks a library.").result("books", &Result::books, "what it says"); }
};

ROPEWALK_PLUGIN("with_library", "1.0.0", ropewalk::task<Books>("books"))
