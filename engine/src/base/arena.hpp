#pragma once
// Bytes that stay where they were put until all of them are forgotten at once. One thread.

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace ropewalk {

class Arena {
 public:
  /// A copy, valid until clear().
  std::string_view keep(std::string_view bytes) {
    if (bytes.size() > left_) add_block(bytes.size());
    char* const at = next_;
    if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
    next_ += bytes.size();
    left_ -= bytes.size();
    return {at, bytes.size()};
  }
  /// What it has allocated it keeps for the next time, unless it was very much.
  void clear();

 private:
  void add_block(std::size_t at_least);

  std::vector<std::unique_ptr<char[]>> blocks_;  // the last one is being filled
  char* next_ = nullptr;
  std::size_t left_ = 0, allocated_ = 0;
};

}  // namespace ropewalk
