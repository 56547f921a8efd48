#pragma once
// How host_messages and warden_messages frame a message: a head, then its text. Templates over the kind of head.

#include "base/fd.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

inline constexpr std::size_t kMaxInlineText = 48 * 1024;  // bytes; below the 64 KiB limit of a message

/// Passes a message and its descriptors to `deliver`, which returns whether it was sent. Longer text is put into the
/// file that `make_memfd` returns: it becomes the last descriptor, and the `in_memfd` of the head becomes 1. Returns
/// false also if there is no file.
template <class Head, class MakeMemfd, class Deliver>
bool send_framed(Head head, std::uint32_t Head::*in_memfd, std::string_view text, std::span<const int> fds,
                 MakeMemfd make_memfd, Deliver deliver) {
  std::vector<int> all(fds.begin(), fds.end());
  Fd memfd;
  if (text.size() > kMaxInlineText) {
    memfd = make_memfd(text);
    if (!memfd) return false;
    head.*in_memfd = 1;
    all.push_back(memfd.get());
    text = {};
  }
  std::string bytes(reinterpret_cast<const char*>(&head), sizeof head);
  bytes += text;
  return deliver(std::string_view(bytes), std::span<const int>(all));
}

}  // namespace ropewalk
