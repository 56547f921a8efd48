// Decodes any bytes as parameters, as a result and as a nested value: they are rejected, or read as values that stay
// the same when written and read again.

#include "values/value_codec.hpp"
#include "protocol/fields.hpp"
#include "fuzz/allocations.hpp"
#include "fuzz/input.hpp"

#include <optional>
#include <string>
#include <vector>

namespace {

using namespace ropewalk;

constexpr Type kTypes[] = {Type::boolean,  Type::integer, Type::real, Type::text, Type::bytes, Type::path,
                           Type::duration, Type::size,    Type::list, Type::map,  Type::any};

/// Empty if a nested value is damaged.
std::optional<std::vector<Value>> read(const std::vector<Type>& types, std::string_view bytes) {
  std::vector<board::FieldView> views(types.size());
  if (!board::view_fields(types, bytes, views)) return std::nullopt;
  std::vector<Value> values;
  for (std::size_t i = 0; i < types.size(); ++i) {
    std::optional<Value> value = views[i].present ? board::value_of(types[i], views[i]) : Value();
    if (!value) return std::nullopt;
    values.push_back(std::move(*value));
  }
  return values;
}

std::string written(const std::vector<Type>& types, const std::vector<Value>& values) {
  std::string bytes;
  board::encode_fields(types, values, bytes);
  return bytes;
}

void check_fields(std::string_view input) {
  if (input.empty()) return;
  const std::size_t count = static_cast<unsigned char>(input.front()) % 9;
  if (input.size() <= count) return;
  std::vector<Type> types;
  for (std::size_t i = 1; i <= count; ++i)
    types.push_back(kTypes[static_cast<unsigned char>(input[i]) % std::size(kTypes)]);
  const auto values = read(types, input.substr(count + 1));
  if (!values) return;
  const std::string bytes = written(types, *values);
  const auto again = read(types, bytes);
  fuzz::require(again.has_value(), "what was written can be read");
  fuzz::require(written(types, *again) == bytes, "what was written and read is the same");
}

void check_value(std::string_view input) {
  const std::optional<Value> value = decode_value(input);
  if (!value) return;
  const std::string bytes = encode_value(*value);
  const std::optional<Value> again = decode_value(bytes);
  fuzz::require(again.has_value(), "a value that was written can be read");
  fuzz::require(encode_value(*again) == bytes, "a value that was written and read is the same");
  to_json(*value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Allocations before = fuzz::allocations;
  check_fields(fuzz::text_of(data, size));
  check_value(fuzz::text_of(data, size));
  const fuzz::Allocations made = fuzz::allocations - before;
  fuzz::require(made.count <= 200 + 40 * size && made.bytes <= 20'000 + 4'000 * size,
                "what is allocated is in proportion to the input");
  return 0;
}
