// The library that with_library needs.

extern "C" [[gnu::visibility("default")]] int ropewalk_test_books() { return 7; }
