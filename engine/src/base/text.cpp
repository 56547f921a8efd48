#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <cwchar>
#include <locale.h>

namespace ropewalk {
namespace {

/// The code point at the start of `text` and its length in bytes. Length 0 means that it is not well-formed.
struct Decoded {
  std::uint32_t code = 0;
  std::size_t length = 0;
};

Decoded decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto follows = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  if (first < 0xC2) return {};
  if (first < 0xE0) {
    if (!follows(1)) return {};
    return {(first & 0x1Fu) << 6 | (byte(1) & 0x3Fu), 2};
  }
  if (first < 0xF0) {
    if (!follows(1) || !follows(2)) return {};
    const std::uint32_t code = (first & 0x0Fu) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu);
    if (code < 0x800 || (code >= 0xD800 && code < 0xE000)) return {};
    return {code, 3};
  }
  if (first < 0xF5) {
    if (!follows(1) || !follows(2) || !follows(3)) return {};
    const std::uint32_t code =
        (first & 0x07u) << 18 | (byte(1) & 0x3Fu) << 12 | (byte(2) & 0x3Fu) << 6 | (byte(3) & 0x3Fu);
    if (code < 0x10000 || code > 0x10FFFF) return {};
    return {code, 4};
  }
  return {};
}

/// Code points that are escaped for display: terminal control characters beyond ASCII, direction marks, the byte order
/// mark, and noncharacters, which base/style.hpp uses as marks.
bool is_invisible(std::uint32_t code) {
  return (code >= 0x80 && code < 0xA0) || (code >= 0x200E && code <= 0x200F) || (code >= 0x202A && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069) || (code >= 0xFDD0 && code <= 0xFDEF) || code == 0xFEFF;
}

}  // namespace

std::uint32_t invisible_at(std::string_view text) {
  const Decoded first = text.empty() ? Decoded{} : decode(text);
  return first.length != 0 && is_invisible(first.code) ? first.code : 0;
}

std::size_t utf8_prefix(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  std::size_t at = 0;
  while (at < text.size()) {
    // Most text has long runs of ASCII.
    std::uint64_t eight = kHighBits;
    if (text.size() - at >= sizeof eight) std::memcpy(&eight, text.data() + at, sizeof eight);
    if ((eight & kHighBits) == 0) {
      at += sizeof eight;
      continue;
    }
    const Decoded next = decode(text.substr(at));
    if (next.length == 0) break;
    at += next.length;
  }
  return at;
}

bool is_utf8(std::string_view text) { return utf8_prefix(text) == text.size(); }

std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) {
    const Decoded next = decode(text.substr(at));
    at += next.length == 0 ? 1 : next.length;
  }
  return count;
}

std::size_t columns_of(std::string_view character) {
  const std::uint32_t code = decode(character).code;
  if (code < 0x80) return 1;
  // wcwidth() has Unicode's tables, but reads those of the current locale, which may know ASCII only.
  static const locale_t unicode = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  if (unicode == nullptr) return 1;
  const locale_t before = ::uselocale(unicode);
  const int columns = ::wcwidth(static_cast<wchar_t>(code));
  ::uselocale(before);
  return columns < 0 ? 1 : static_cast<std::size_t>(columns);
}

std::size_t fitting_columns(std::string_view text, std::size_t columns) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = std::max<std::size_t>(decode(text.substr(at)).length, 1);
    const std::size_t wide = columns_of(text.substr(at, length));
    if (wide > columns) break;
    columns -= wide;
    at += length;
  }
  return at;
}

/// memmem() compares at most 256 bytes per position, and longer needles in linear time (two-way).
std::size_t find_in(std::string_view text, std::string_view wanted, std::size_t at) {
  if (at >= text.size()) return std::string_view::npos;
  const char* from = text.data() + at;
  const void* found = wanted.size() == 1 ? std::memchr(from, wanted[0], text.size() - at)
                                         : ::memmem(from, text.size() - at, wanted.data(), wanted.size());
  return found ? static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) : std::string_view::npos;
}

std::string escape_for_display(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Decoded next = decode(text.substr(at));
    if (next.length == 0) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(text[at]));
      ++at;
      continue;
    }
    if (next.code == '\n')
      out += "\\n";
    else if (next.code == '\t')
      out += "\\t";
    else if (next.code == '\r')
      out += "\\r";
    else if (next.code < 0x20 || next.code == 0x7F)
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", next.code);
    else if (is_invisible(next.code))
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", next.code);
    else
      out.append(text.substr(at, next.length));
    at += next.length;
  }
  return out;
}

std::string start_failure_text(int error) {
  if (error == EAGAIN)
    return "the limit of processes and threads is reached (ulimit -u, or pids.max of a control group)";
  return std::strerror(error);
}

std::string duration_text(std::int64_t nanoseconds) {
  if (nanoseconds % 1'000'000 != 0)
    return nanoseconds % 1000 == 0 ? fmt::format("{} us", nanoseconds / 1000) : fmt::format("{} ns", nanoseconds);
  const std::int64_t ms = nanoseconds / 1'000'000;
  if (ms < 1000) return fmt::format("{} ms", ms);
  return fmt::format("{} s", static_cast<double>(ms) / 1000);
}

std::string size_text(std::uint64_t bytes) {
  static constexpr std::pair<std::uint64_t, const char*> kUnits[] = {
      {1ull << 40, "TiB"}, {1'000'000'000'000, "TB"}, {1ull << 30, "GiB"}, {1'000'000'000, "GB"},
      {1ull << 20, "MiB"}, {1'000'000, "MB"},         {1ull << 10, "KiB"}, {1'000, "kB"}};
  for (const auto& [unit, name] : kUnits)
    if (bytes >= unit && bytes % unit == 0) return fmt::format("{} {}", bytes / unit, name);
  return fmt::format("{} byte{}", bytes, bytes == 1 ? "" : "s");
}

std::string path_list(std::span<const std::filesystem::path> paths) {
  std::string list;
  for (const std::filesystem::path& path : paths) list += (list.empty() ? "" : ", ") + path.string();
  return list;
}

}  // namespace ropewalk
