#include "base/value_codec.hpp"

#include "base/text.hpp"

#define FLATBUFFERS_LOCALE_INDEPENDENT 0
#include <flatbuffers/flexbuffers.h>

#include <algorithm>
#include <cstring>
#include <vector>

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
      value.each_element([&](const Value& element) { put(builder, element); });
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

/// Reads a verified buffer. Parts of it may be referred to again and again, which our own encoding never does: a value
/// that would be larger than its bytes is refused, or a few bytes could stand for more than any memory holds.
class Reader {
 public:
  explicit Reader(std::size_t bytes) : left_(bytes) {}

  std::optional<Value> read(const Reference& reference, int depth = 0) {
    if (depth > kMaxDepth || !take(1)) return std::nullopt;
    if (reference.IsNull()) return Value();
    if (reference.IsBool()) return Value(reference.AsBool());
    if (reference.IsIntOrUint()) return Value(std::int64_t{reference.AsInt64()});
    if (reference.IsFloat()) return Value(reference.AsDouble());
    if (reference.IsString()) return text(reference.AsString().c_str(), reference.AsString().length());
    if (reference.IsKey()) return text(reference.AsKey(), std::strlen(reference.AsKey()));
    if (reference.IsBlob()) {
      const flexbuffers::Blob blob = reference.AsBlob();
      if (!take(blob.size())) return std::nullopt;
      return Value(Bytes{std::string(reinterpret_cast<const char*>(blob.data()), blob.size())});
    }
    if (reference.IsMap()) return map(reference.AsMap(), depth);
    if (reference.IsUntypedVector()) return list(reference.AsVector(), depth);
    return std::nullopt;
  }

 private:
  bool take(std::size_t bytes) {
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
  }

  std::optional<Value> text(const char* data, std::size_t size) {
    if (!take(size)) return std::nullopt;
    return Value(std::string(data, size));
  }

  std::optional<Value> map(const flexbuffers::Map& map, int depth) {
    const flexbuffers::TypedVector keys = map.Keys();
    const flexbuffers::Vector values = map.Values();
    Map result;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const std::string_view key = keys[i].AsKey();
      if (!take(key.size())) return std::nullopt;
      std::optional<Value> element = read(values[i], depth + 1);
      if (!element) return std::nullopt;
      result.insert_or_assign(std::string(key), std::move(*element));
    }
    return Value(std::move(result));
  }

  std::optional<Value> list(const flexbuffers::Vector& vector, int depth) {
    if (vector.size() > left_) return std::nullopt;
    List result;
    result.reserve(vector.size());
    for (std::size_t i = 0; i < vector.size(); ++i) {
      std::optional<Value> element = read(vector[i], depth + 1);
      if (!element) return std::nullopt;
      result.push_back(std::move(*element));
    }
    return Value(std::move(result));
  }

  std::size_t left_;
};

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
  // The zero behind it ends a key that does not end by itself, which the verifier of 2.0 lets pass.
  std::vector<std::uint8_t> aligned(bytes.size() + 1);
  std::copy(bytes.begin(), bytes.end(), aligned.begin());
  std::vector<std::uint8_t> reuse_tracker;
  if (!flexbuffers::VerifyBuffer(aligned.data(), bytes.size(), &reuse_tracker)) return std::nullopt;
  return Reader(bytes.size()).read(flexbuffers::GetRoot(aligned.data(), bytes.size()));
}

}  // namespace ropewalk
