#include "values/value_codec.hpp"

#include "base/text.hpp"

#define FLATBUFFERS_LOCALE_INDEPENDENT 0
#include <flatbuffers/flexbuffers.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

namespace ropewalk {
namespace {

using flexbuffers::Builder;
using flexbuffers::Reference;

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
      if (is_utf8(data))
        builder.String(data);
      else
        builder.Blob(data.data(), data.size());
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

/// Reads a verified buffer. A buffer may refer to the same part repeatedly, which Ropewalk's encoder never does. A
/// value larger than its bytes is therefore rejected; otherwise a few bytes could expand beyond any memory.
class Reader {
 public:
  explicit Reader(std::size_t bytes) : left_(bytes) {}

  /// `into` is null if the value is only checked. Returns false if the encoding is invalid.
  bool read(const Reference& reference, Value* into, int depth = 0) {
    if (!take(1)) return false;
    if (reference.IsNull()) return give(into, nullptr);
    if (reference.IsBool()) return give(into, reference.AsBool());
    if (reference.IsIntOrUint()) return give(into, std::int64_t{reference.AsInt64()});
    if (reference.IsFloat()) return std::isfinite(reference.AsDouble()) && give(into, reference.AsDouble());
    if (reference.IsString()) return text(reference.AsString().c_str(), reference.AsString().length(), into);
    if (reference.IsKey()) return text(reference.AsKey(), std::strlen(reference.AsKey()), into);
    if (reference.IsBlob()) {
      const flexbuffers::Blob blob = reference.AsBlob();
      if (!take(blob.size())) return false;
      if (into != nullptr) *into = Bytes{std::string(reinterpret_cast<const char*>(blob.data()), blob.size())};
      return true;
    }
    if (depth == kMaxNesting) return false;
    if (reference.IsMap()) return map(reference.AsMap(), into, depth);
    return reference.IsUntypedVector() && list(reference.AsVector(), into, depth);
  }

 private:
  bool take(std::size_t bytes) {
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
  }

  static bool give(Value* into, auto value) {
    if (into != nullptr) *into = Value(value);
    return true;
  }

  bool text(const char* data, std::size_t size, Value* into) {
    if (!take(size)) return false;
    if (into != nullptr) *into = std::string(data, size);
    return true;
  }

  bool map(const flexbuffers::Map& map, Value* into, int depth) {
    const flexbuffers::TypedVector keys = map.Keys();
    const flexbuffers::Vector values = map.Values();
    Map result;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const std::string_view key = keys[i].AsKey();
      if (!take(key.size())) return false;
      if (!read(values[i], into == nullptr ? nullptr : &result[std::string(key)], depth + 1)) return false;
    }
    if (into != nullptr) *into = std::move(result);
    return true;
  }

  bool list(const flexbuffers::Vector& vector, Value* into, int depth) {
    if (vector.size() > left_) return false;
    List result(into == nullptr ? 0 : vector.size());
    for (std::size_t i = 0; i < vector.size(); ++i)
      if (!read(vector[i], into == nullptr ? nullptr : &result[i], depth + 1)) return false;
    if (into != nullptr) *into = std::move(result);
    return true;
  }

  std::size_t left_;
};

/// A verified, aligned copy.
class Verified {
 public:
  explicit Verified(std::string_view bytes) : size_(bytes.size()) {
    if (size_ > kMaxEncodedBytes) return;
    // Widths are relative to the end and elements are aligned to the start, so the buffer needs an aligned copy. The
    // trailing zero terminates an unterminated key, which the verifier of 2.0 does not detect.
    copy_.resize(size_ + 1);
    std::copy(bytes.begin(), bytes.end(), copy_.begin());
    std::vector<std::uint8_t> reuse_tracker;
    // The verifier also counts texts and map keys as levels.
    constexpr std::size_t kLevels = kMaxNesting + 2;
    good_ = flexbuffers::Verifier(copy_.data(), size_, &reuse_tracker, true, kLevels).VerifyBuffer();
  }
  explicit operator bool() const { return good_; }
  Reference root() const { return flexbuffers::GetRoot(copy_.data(), size_); }

 private:
  std::size_t size_;
  std::vector<std::uint8_t> copy_;
  bool good_ = false;
};

Value::Kind kind_of(const Reference& root) {
  if (root.IsNull()) return Value::Kind::null;
  if (root.IsBool()) return Value::Kind::boolean;
  if (root.IsIntOrUint()) return Value::Kind::integer;
  if (root.IsFloat()) return Value::Kind::real;
  if (root.IsBlob()) return Value::Kind::bytes;
  if (root.IsMap()) return Value::Kind::map;
  return root.IsUntypedVector() ? Value::Kind::list : Value::Kind::text;
}

std::string problem_within(const Value& value, int levels) {
  if (const double* number = value.as_float(); number != nullptr && !std::isfinite(*number))
    return "a number in it is not finite";
  const SharedList* const shared = value.as_shared_list();
  if (shared != nullptr && shared->is_range())
    return levels == 0 ? fmt::format("it is nested more than {} deep", kMaxNesting) : std::string();
  const List* const list = value.as_list();
  const Map* const map = value.as_map();
  if ((list != nullptr || map != nullptr) && levels == 0)
    return fmt::format("it is nested more than {} deep", kMaxNesting);
  std::string problem;
  for (std::size_t i = 0; list != nullptr && problem.empty() && i < list->size(); ++i)
    problem = problem_within((*list)[i], levels - 1);
  if (map == nullptr) return problem;
  for (auto member = map->begin(); problem.empty() && member != map->end(); ++member)
    problem = member->first.find('\0') != std::string::npos ? "a key in it contains a NUL character"
                                                            : problem_within(member->second, levels - 1);
  return problem;
}

}  // namespace

std::string encoding_problem(const Value& value) { return problem_within(value, kMaxNesting); }

std::string encode_value(const Value& value) {
  // Keys and strings are not shared, because the builder's dedup sets cost more than the bytes they save.
  Builder builder(256, flexbuffers::BUILDER_FLAG_NONE);
  put(builder, value);
  builder.Finish();
  const std::vector<std::uint8_t>& buffer = builder.GetBuffer();
  return {reinterpret_cast<const char*>(buffer.data()), buffer.size()};
}

std::optional<Value> decode_value(std::string_view bytes) {
  const Verified verified(bytes);
  std::optional<Value> value;
  if (verified && !Reader(bytes.size()).read(verified.root(), &value.emplace())) value.reset();
  return value;
}

std::optional<Value::Kind> encoded_kind(std::string_view bytes) {
  const Verified verified(bytes);
  if (!verified || !Reader(bytes.size()).read(verified.root(), nullptr)) return std::nullopt;
  return kind_of(verified.root());
}

}  // namespace ropewalk
