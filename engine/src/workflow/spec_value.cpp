#include <ropewalk/spec_value.hpp>

#include "workflow/yaml.hpp"
#include "workflow/yaml_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace ropewalk {
namespace {

// What lies beyond is left out: planning refuses the rest already.
constexpr std::size_t kDeepest = kMaxYamlDepth + 1, kMost = kMaxNodes + 1;

class Copy {
 public:
  SpecValue of(const Value& value, std::size_t depth) {
    switch (value.kind()) {
      case Value::Kind::text:
      case Value::Kind::path: return literal_text(*value.bytes());
      case Value::Kind::bytes: {
        std::string text;
        append_bytes_expression(text, *value.bytes());
        return text;
      }
      case Value::Kind::list: return list(value, depth);
      case Value::Kind::map: {
        SpecMap map = SpecMap::none();
        for (const auto& [name, each] : *value.as_map()) {
          if (is_enough(depth)) break;
          map.add(name, of(each, depth + 1));
        }
        return map;
      }
      default: return value;
    }
  }

 private:
  bool is_enough(std::size_t depth) { return depth > kDeepest || ++count_ > kMost; }

  SpecValue list(const Value& value, std::size_t depth) {
    const SharedList* shared = value.as_shared_list();
    if (shared && shared->is_range() && shared->size() > 0)
      return SpecValue::expression(fmt::format("range({}, {})", shared->first(),
                                               shared->first() + static_cast<std::int64_t>(shared->size() - 1)));
    SpecList list = SpecList::none();
    for (const Value& each : *value.as_list()) {
      if (is_enough(depth)) break;
      list.add(of(each, depth + 1));
    }
    return list;
  }

  std::size_t count_ = 0;
};

}  // namespace

SpecList::SpecList(std::initializer_list<SpecValue> elements) : absent_(false), elements_(elements) {}
SpecList::SpecList(std::vector<SpecValue> elements) : absent_(false), elements_(std::move(elements)) {}

SpecList SpecList::none() { return SpecList(std::vector<SpecValue>()); }

void SpecList::add(SpecValue element) {
  absent_ = false;
  elements_.push_back(std::move(element));
}

bool SpecList::operator==(const SpecList& other) const {
  return absent_ == other.absent_ && elements_ == other.elements_;
}

SpecMap::SpecMap() = default;
SpecMap::SpecMap(const SpecMap& other) = default;
SpecMap::SpecMap(SpecMap&& other) noexcept = default;
SpecMap& SpecMap::operator=(const SpecMap& other) = default;
SpecMap& SpecMap::operator=(SpecMap&& other) noexcept = default;
SpecMap::~SpecMap() = default;

SpecMap::SpecMap(std::initializer_list<SpecField> fields) : absent_(false), fields_(fields) {}

SpecMap SpecMap::none() {
  SpecMap map;
  map.absent_ = false;
  return map;
}

SpecValue& SpecMap::operator[](std::string_view name) {
  for (SpecField& field : fields_)
    if (field.name == name) return field.value;
  add(std::string(name), {});
  return fields_.back().value;
}

const SpecValue* SpecMap::find(std::string_view name) const {
  for (const SpecField& field : fields_)
    if (field.name == name) return &field.value;
  return nullptr;
}

void SpecMap::add(std::string name, SpecValue value) {
  absent_ = false;
  fields_.push_back({std::move(name), std::move(value)});
}

bool SpecMap::operator==(const SpecMap& other) const { return absent_ == other.absent_ && fields_ == other.fields_; }

SpecValue::SpecValue(const char* text) {
  if (text != nullptr) data_ = Text{text, false};
}

SpecValue::SpecValue(const std::filesystem::path& path) : SpecValue(literal_text(path.native())) {}

SpecValue::SpecValue(const Value& value) {
  const Value::Kind kind = value.kind();
  if (kind == Value::Kind::null || kind == Value::Kind::boolean || kind == Value::Kind::integer ||
      kind == Value::Kind::real)
    data_ = value;
  else
    *this = Copy().of(value, 0);
}

SpecValue SpecValue::expression(std::string_view source) { return fmt::format("${{{{ {} }}}}", source); }

SpecValue SpecValue::plain(std::string text) {
  SpecValue value;
  value.data_ = Text{std::move(text), true};
  return value;
}

SpecValue SpecValue::of_seconds(long double seconds) {
  constexpr long double kNs = 1e9L;
  const long double ns = std::round(seconds * kNs);
  if (!(std::fabs(ns) < 9e18L)) return fmt::format("{}s", static_cast<double>(seconds));
  const auto whole = static_cast<std::int64_t>(ns);
  constexpr std::pair<std::int64_t, const char*> kUnits[] = {{1'000'000'000, "s"}, {1'000'000, "ms"}, {1000, "us"}};
  for (const auto& [times, unit] : kUnits)
    if (whole % times == 0) return fmt::format("{}{}", whole / times, unit);
  return fmt::format("{}ns", whole);
}

SpecValue::Kind SpecValue::kind() const {
  if (const Value* constant = as_constant()) switch (constant->kind()) {
      case Value::Kind::boolean: return Kind::boolean;
      case Value::Kind::integer: return Kind::integer;
      case Value::Kind::real: return Kind::real;
      default: return Kind::null;
    }
  if (const Text* text = std::get_if<Text>(&data_)) return text->plain ? Kind::plain : Kind::text;
  return as_list() ? Kind::list : as_map() ? Kind::map : Kind::absent;
}

const std::string* SpecValue::as_text() const {
  const Text* text = std::get_if<Text>(&data_);
  return text ? &text->text : nullptr;
}

}  // namespace ropewalk
