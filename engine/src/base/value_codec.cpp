#include "base/value_codec.hpp"

#include "base/text.hpp"

#define FLATBUFFERS_LOCALE_INDEPENDENT 0
#include <flatbuffers/flexbuffers.h>

namespace ropewalk {
namespace {

using flexbuffers::Builder;
using flexbuffers::Reference;

constexpr int kMaxDepth = 64;

void put(Builder& builder, const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null: builder.Null(); return;
    case Value::Kind::boolean: builder.Bool(*value.as_bool()); return;
    case Value::Kind::integer: builder.Int(*value.as_int()); return;
    case Value::Kind::real: builder.Double(*value.as_float()); return;
    case Value::Kind::text: builder.String(*value.as_text()); return;
    case Value::Kind::bytes: {
      const std::string& data = *value.as_string();
      builder.Blob(data.data(), data.size());
      return;
    }
    case Value::Kind::path: {
      const std::string& data = *value.as_string();
      if (is_utf8(data)) builder.String(data);
      else builder.Blob(data.data(), data.size());
      return;
    }
    case Value::Kind::list: {
      const std::size_t start = builder.StartVector();
      for (const Value& element : *value.as_list()) put(builder, element);
      builder.EndVector(start, false, false);
      return;
    }
    case Value::Kind::map: {
      const std::size_t start = builder.StartMap();
      for (const auto& [key, element] : *value.as_map()) {
        builder.Key(key.data(), key.size());
        put(builder, element);
      }
      builder.EndMap(start);
      return;
    }
  }
}

std::optional<Value> get(const Reference& reference, int depth) {
  if (depth > kMaxDepth) return std::nullopt;
  if (reference.IsNull()) return Value();
  if (reference.IsBool()) return Value(reference.AsBool());
  if (reference.IsIntOrUint()) return Value(std::int64_t{reference.AsInt64()});
  if (reference.IsFloat()) return Value(reference.AsDouble());
  if (reference.IsString()) return Value(std::string(reference.AsString().c_str(), reference.AsString().length()));
  if (reference.IsKey()) return Value(std::string(reference.AsKey()));
  if (reference.IsBlob()) {
    const flexbuffers::Blob blob = reference.AsBlob();
    return Value(Bytes{std::string(reinterpret_cast<const char*>(blob.data()), blob.size())});
  }
  if (reference.IsMap()) {
    const flexbuffers::Map map = reference.AsMap();
    const flexbuffers::TypedVector keys = map.Keys();
    const flexbuffers::Vector values = map.Values();
    Map result;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      std::optional<Value> element = get(values[i], depth + 1);
      if (!element) return std::nullopt;
      result.insert_or_assign(keys[i].AsKey(), std::move(*element));
    }
    return Value(std::move(result));
  }
  if (reference.IsUntypedVector()) {
    const flexbuffers::Vector vector = reference.AsVector();
    List result;
    result.reserve(vector.size());
    for (std::size_t i = 0; i < vector.size(); ++i) {
      std::optional<Value> element = get(vector[i], depth + 1);
      if (!element) return std::nullopt;
      result.push_back(std::move(*element));
    }
    return Value(std::move(result));
  }
  return std::nullopt;
}

}  // namespace

std::string encode_value(const Value& value) {
  // No sharing of keys and strings: the builder's dedup sets cost more than the bytes they save.
  Builder builder(256, flexbuffers::BUILDER_FLAG_NONE);
  put(builder, value);
  builder.Finish();
  const std::vector<std::uint8_t>& buffer = builder.GetBuffer();
  return {reinterpret_cast<const char*>(buffer.data()), buffer.size()};
}

std::optional<Value> decode_value(std::string_view bytes) {
  // Widths are relative to the end and elements aligned to the start, so the buffer needs an aligned copy.
  std::vector<std::uint8_t> aligned(bytes.begin(), bytes.end());
  std::vector<std::uint8_t> reuse_tracker;
  if (!flexbuffers::VerifyBuffer(aligned.data(), aligned.size(), &reuse_tracker)) return std::nullopt;
  return get(flexbuffers::GetRoot(aligned.data(), aligned.size()), 0);
}

}  // namespace ropewalk
