#pragma once
// A line of text that a signal handler can put together: no memory but its own, no locale, no locks. What does not
// fit is left out.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace ropewalk::host {

class Line {
 public:
  Line& text(std::string_view text) {
    const std::size_t size = std::min(text.size(), sizeof bytes_ - size_);
    std::memcpy(bytes_ + size_, text.data(), size);
    size_ += size;
    return *this;
  }
  Line& number(std::uint64_t number) { return digits(number, 10); }
  Line& hex(std::uint64_t number) { return text("0x").digits(number, 16); }
  std::string_view view() const { return {bytes_, size_}; }

 private:
  Line& digits(std::uint64_t number, std::uint64_t base) {
    char digits[20];
    std::size_t at = sizeof digits;
    do digits[--at] = "0123456789abcdef"[number % base];
    while ((number /= base) != 0);
    return text({digits + at, sizeof digits - at});
  }

  std::size_t size_ = 0;
  char bytes_[768];
};

}  // namespace ropewalk::host
