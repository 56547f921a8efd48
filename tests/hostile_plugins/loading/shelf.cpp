// The library that with_library needs.

extern "C" [[gnu::visibility("default")]] int ropewalk_test_books() { return 7; }

namespace shelf {

/// Unknown outside of this library, and not a std::exception.
struct [[gnu::visibility("default")]] Collapsed{};

}  // namespace shelf

extern "C" [[gnu::visibility("default")]] void ropewalk_test_collapse() { throw shelf::Collapsed(); }
