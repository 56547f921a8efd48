#include "protocol/linked_start.hpp"

#include <fmt/format.h>

#include <atomic>
#include <charconv>

namespace ropewalk {
namespace {

constinit std::atomic<bool> starting_as_host = false;  // read before main() begins

/// Takes a word and the space behind it.
std::string_view take_start_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size() == text.size() ? word.size() : word.size() + 1);
  return word;
}

template <class Number>
bool take_start_number(std::string_view& text, Number& number) {
  const std::string_view word = take_start_word(text);
  const std::from_chars_result read = std::from_chars(word.data(), word.data() + word.size(), number);
  return read.ec == std::errc() && read.ptr == word.data() + word.size();
}

}  // namespace

std::string encode(const LinkedStart& start) {
  return fmt::format("{} {} {} {}", start.warden, start.descriptors, start.plugin, start.identity);
}

std::optional<LinkedStart> decode_linked_start(std::string_view value) {
  LinkedStart start;
  if (!take_start_number(value, start.warden) || start.warden <= 0 || !take_start_number(value, start.descriptors))
    return std::nullopt;
  start.plugin = take_start_word(value);
  start.identity = value;
  if (start.plugin.empty() || start.identity.empty()) return std::nullopt;
  return start;
}

bool is_starting_as_linked_host() { return starting_as_host.load(std::memory_order_relaxed); }
void set_starting_as_linked_host(bool starting) { starting_as_host.store(starting, std::memory_order_relaxed); }

}  // namespace ropewalk
