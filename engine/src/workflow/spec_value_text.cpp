#include "workflow/spec_value_text.hpp"

#include "base/text.hpp"
#include "workflow/yaml.hpp"
#include "workflow/yaml_text.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <cmath>

namespace ropewalk {

void SpecValueWriter::value(const SpecValue& value, std::size_t depth) {
  switch (value.kind()) {
    case SpecValue::Kind::text:
    case SpecValue::Kind::plain: {
      const std::string& text = *value.as_text();
      if (!is_utf8(text))
        append_quoted(out_, with_byte_expressions(text));
      else if (value.kind() == SpecValue::Kind::plain)
        append_plain(out_, text);
      else
        append_text(out_, text);
      return;
    }
    case SpecValue::Kind::list: return list(*value.as_list(), depth);
    case SpecValue::Kind::map: return map(*value.as_map(), depth);
    case SpecValue::Kind::absent: out_ += "null"; return;
    default: return constant(*value.as_constant());
  }
}

void SpecValueWriter::constant(const Value& constant) {
  const double* real = constant.as_float();
  if (real == nullptr || std::isfinite(*real)) return append_json(out_, constant);
  out_ += std::isnan(*real) ? ".nan" : *real < 0 ? "-.inf" : ".inf";
  report_(codes::kWrongType, fmt::format("a float is finite, and this is {}", *real));
}

// Deeper than a workflow may be, nothing more is written: reading the text refuses it.
void SpecValueWriter::list(const SpecList& list, std::size_t depth) {
  out_ += '[';
  if (depth <= kMaxYamlDepth)
    for (const SpecValue& element : list.elements()) {
      if (is_full()) break;
      if (&element != list.elements().data()) out_ += ", ";
      value(element, depth + 1);
    }
  out_ += ']';
}

void SpecValueWriter::map(const SpecMap& map, std::size_t depth) {
  out_ += '{';
  const std::size_t start = out_.size();
  if (depth <= kMaxYamlDepth)
    for (const SpecField& field : map.fields()) {
      if (is_full()) break;
      if (field.value.is_absent()) continue;
      if (out_.size() > start) out_ += ", ";
      name(field.name);
      out_ += ": ";
      value(field.value, depth + 1);
    }
  out_ += '}';
}

void SpecValueWriter::name(std::string_view text) {
  if (is_utf8(text)) return append_text(out_, text);
  const std::size_t good = utf8_prefix(text);
  report_(codes::kBadEncoding, fmt::format("byte 0x{:02x} here is not UTF-8", static_cast<unsigned char>(text[good])));
  append_quoted(out_, std::string(text.substr(0, good)) + "\ufffd");
}

}  // namespace ropewalk
