#pragma once
// Byte storage with stable addresses, released all at once. Single-threaded.

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace ropewalk {

class Arena {
 public:
  /// Returns a copy that stays valid until clear().
  std::string_view keep(std::string_view bytes) {
    if (bytes.size() > left_) add_block(bytes.size());
    char* const at = next_;
    if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
    next_ += bytes.size();
    left_ -= bytes.size();
    return {at, bytes.size()};
  }
  /// Keeps the allocated memory for reuse, up to a limit.
  void clear();

 private:
  void add_block(std::size_t at_least);

  std::vector<std::unique_ptr<char[]>> blocks_;  // the last one is being filled
  char* next_ = nullptr;
  std::size_t left_ = 0, allocated_ = 0;
};

}  // namespace ropewalk
