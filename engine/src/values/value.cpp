#include "base/text.hpp"

#include <ropewalk/value.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

namespace ropewalk {
void append_base64(std::string& out, std::string_view data) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::size_t before = out.size();
  out.resize(before + (data.size() + 2) / 3 * 4);
  char* to = out.data() + before;
  const auto* from = reinterpret_cast<const unsigned char*>(data.data());
  std::size_t left = data.size();
  for (; left >= 3; left -= 3, from += 3) {
    *to++ = kDigits[from[0] >> 2];
    *to++ = kDigits[(from[0] & 3) << 4 | from[1] >> 4];
    *to++ = kDigits[(from[1] & 15) << 2 | from[2] >> 6];
    *to++ = kDigits[from[2] & 63];
  }
  if (left == 0) return;
  const unsigned second = left == 2 ? from[1] : 0;
  *to++ = kDigits[from[0] >> 2];
  *to++ = kDigits[(from[0] & 3) << 4 | second >> 4];
  *to++ = left == 2 ? kDigits[(second & 15) << 2] : '=';
  *to++ = '=';
}

namespace {

void append_json_bytes(std::string& out, std::string_view data) {
  out += R"({"base64": ")";
  append_base64(out, data);
  out += "\"}";
}

}  // namespace

std::string_view kind_name(Value::Kind kind) {
  switch (kind) {
    case Value::Kind::null: return "null";
    case Value::Kind::boolean: return "bool";
    case Value::Kind::integer: return "int";
    case Value::Kind::real: return "float";
    case Value::Kind::text: return "text";
    case Value::Kind::bytes: return "bytes";
    case Value::Kind::path: return "path";
    case Value::Kind::list: return "list";
    case Value::Kind::map: return "map";
  }
  return "?";
}

namespace {

/// Appends the escaped text without its quotes and returns whether it is UTF-8. `on_stray` appends a substitute for a
/// byte that is not UTF-8; if it returns false, the function stops.
template <class OnStray>
bool append_escaped(std::string& out, std::string_view text, OnStray on_stray) {
  std::size_t plain = 0;  // start of the run that needs no escape
  const auto escape = [&](std::size_t at, std::size_t length, std::string_view with) {
    out.append(text, plain, at - plain);
    out += with;
    plain = at + length;
  };
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte >= 0x80) {
      const std::size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;  // no more: the next may need an escape
      if (utf8_prefix(text.substr(at, length)) == length) {
        if (byte == 0xC2 || byte == 0xE2 || byte == 0xEF)  // characters that a terminal obeys or does not show
          if (const std::uint32_t code = invisible_at(text.substr(at, length)); code != 0)
            escape(at, length, fmt::format("\\u{:04x}", code));
        at += length;
        continue;
      }
      escape(at, 1, {});
      if (!on_stray(byte)) return false;
      ++at;
      continue;
    }
    if (byte == '"')
      escape(at, 1, "\\\"");
    else if (byte == '\\')
      escape(at, 1, "\\\\");
    else if (byte == '\n')
      escape(at, 1, "\\n");
    else if (byte == '\t')
      escape(at, 1, "\\t");
    else if (byte == '\r')
      escape(at, 1, "\\r");
    else if (byte < 0x20 || byte == 0x7F) {
      const char code[] = {'\\', 'u', '0', '0', "01234567"[byte >> 4], "0123456789abcdef"[byte & 15]};
      escape(at, 1, std::string_view(code, sizeof code));
    }
    ++at;
  }
  out.append(text, plain);
  return true;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  append_escaped(out, text, [&](unsigned char stray) {
    fmt::format_to(std::back_inserter(out), "\\\\x{:02x}", stray);
    return true;
  });
  out += '"';
}

void append_json_text(std::string& out, std::string_view text) {
  const std::size_t start = out.size();
  out += '"';
  if (append_escaped(out, text, [](unsigned char) { return false; })) return void(out += '"');
  out.resize(start);
  append_json_bytes(out, text);
}

List* Value::as_list() {
  if (const SharedList* shared = as_shared_list()) data_ = List(shared->list());
  return std::get_if<List>(&data_);
}

bool Value::same_elements(const Value& other) const {
  const SharedList *mine = as_shared_list(), *its = other.as_shared_list();
  if (mine == its && mine) return true;
  if (*list_size() != *other.list_size()) return false;
  if (mine && its && mine->is_range() && its->is_range()) return mine->first() == its->first() || mine->size() == 0;
  for (std::uint64_t i = 0; i < *list_size(); ++i)
    if (element(i) != other.element(i)) return false;
  return true;
}

void Value::retag(Kind kind) {
  if (Shared* shared = std::get_if<Shared>(&data_)) return void(shared->kind = kind);
  auto* own = std::get_if<std::string>(&data_);
  if (auto* bytes = std::get_if<Bytes>(&data_)) own = &bytes->data;
  if (auto* path = std::get_if<Path>(&data_)) own = &path->data;
  std::string moved = std::move(*own);
  if (kind == Kind::text)
    data_ = std::move(moved);
  else if (kind == Kind::bytes)
    data_ = Bytes{std::move(moved)};
  else
    data_ = Path{std::move(moved)};
}

void append_json_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  char digits[32];
  // Write 500000.0 instead of 5e+05, up to the largest range in which every whole number is a distinct float.
  const bool whole = std::trunc(value) == value && std::abs(value) <= 9007199254740992.0;
  const auto [end, error] = whole ? std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed)
                                  : std::to_chars(digits, digits + sizeof digits, value);
  (void)error;
  const std::string_view text(digits, static_cast<std::size_t>(end - digits));
  out += text;
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

namespace {

constexpr std::size_t kJsonBlock = 64 << 10;
constexpr std::size_t kJsonPiece = 48 << 10;  // of text or bytes; a multiple of 3 for base64

/// The destination of JSON: a string that is flushed repeatedly if `take` is set.
struct JsonOut {
  std::string& out;
  const TakeJson* take;
  bool good = true;

  /// Called between two pieces. Returns false if the rest is not wanted.
  bool next() {
    if (take != nullptr && good && out.size() >= kJsonBlock) good = (*take)(out);
    return good;
  }
};

/// As many whole characters as fit in a piece. The text is UTF-8.
std::string_view first_characters(std::string_view text) {
  std::size_t size = std::min(text.size(), kJsonPiece);
  while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return text.substr(0, size);
}

void put_bytes(JsonOut& json, std::string_view data) {
  json.out += R"({"base64": ")";
  for (; !data.empty() && json.next(); data.remove_prefix(std::min(data.size(), kJsonPiece)))
    append_base64(json.out, data.substr(0, kJsonPiece));
  json.out += "\"}";
}

void put_text(JsonOut& json, std::string_view text) {
  if (text.size() <= kJsonPiece) return append_json_text(json.out, text);
  if (!is_utf8(text)) return put_bytes(json, text);
  json.out += '"';
  while (!text.empty() && json.next()) {
    const std::string_view piece = first_characters(text);
    append_escaped(json.out, piece, [](unsigned char) { return false; });
    text.remove_prefix(piece.size());
  }
  json.out += '"';
}

void put_json(JsonOut& json, const Value& value) {
  if (!json.next()) return;
  std::string& out = json.out;
  switch (value.kind()) {
    case Value::Kind::null: out += "null"; return;
    case Value::Kind::boolean: out += *value.as_bool() ? "true" : "false"; return;
    case Value::Kind::integer: {
      char digits[24];
      const auto [end, error] = std::to_chars(digits, digits + sizeof digits, *value.as_int());
      (void)error;
      out.append(digits, end);
      return;
    }
    case Value::Kind::real: append_json_number(out, *value.as_float()); return;
    case Value::Kind::text:
    case Value::Kind::path: put_text(json, *value.bytes()); return;
    case Value::Kind::bytes: put_bytes(json, *value.bytes()); return;
    case Value::Kind::list: {
      out += '[';
      bool first = true;
      value.each_element([&](const Value& element) {
        if (!std::exchange(first, false)) out += ", ";
        put_json(json, element);
      });
      out += ']';
      return;
    }
    case Value::Kind::map: {
      out += '{';
      bool first = true;
      for (const auto& [key, element] : *value.as_map()) {
        if (!std::exchange(first, false)) out += ", ";
        append_json_string(out, key);
        out += ": ";
        put_json(json, element);
      }
      out += '}';
      return;
    }
  }
}

}  // namespace

void append_json(std::string& out, const Value& value) {
  JsonOut json{out, nullptr};
  put_json(json, value);
}

bool append_json(std::string& out, const Value& value, const TakeJson& take) {
  JsonOut json{out, &take};
  put_json(json, value);
  return json.next();
}

std::string to_json(const Value& value) {
  std::string out;
  append_json(out, value);
  return out;
}

}  // namespace ropewalk
