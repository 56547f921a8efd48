#include "report/github.hpp"

#include <fmt/format.h>

namespace ropewalk {
namespace {

void append_escaped(std::string& out, std::string_view text, std::string_view escaped) {
  for (const char c : text)
    if (escaped.find(c) == escaped.npos)
      out += c;
    else
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
}

}  // namespace

std::string github_error(const AnnotatedPlace& place, std::string_view text) {
  std::string out = "::error";
  if (!place.file.empty()) {
    out += " file=";
    append_escaped(out, place.file, "%\r\n:,");
    if (place.line > 0) out += fmt::format(",line={}", place.line);
  }
  out += "::";
  append_escaped(out, text, "%\r\n");
  return out;
}

}  // namespace ropewalk
