#include "protocol/fields.hpp"

#include "values/value_codec.hpp"
#include "protocol/board_layout.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace ropewalk::board {
namespace {

constexpr double kNsPerSecond = 1e9;
constexpr std::uint64_t kElsewhereMark = std::uint64_t{1} << 63;
constexpr int kWhichShift = 48;  // blob index above, offset below

std::int64_t duration_ns(double seconds) {
  const double ns = seconds * kNsPerSecond;
  if (!(ns > -9.2e18)) return INT64_MIN;
  if (!(ns < 9.2e18)) return INT64_MAX;
  return std::llround(ns);
}

std::int64_t scalar_bits(Type type, const Value& value) {
  if (type == Type::integer && value.as_int() != nullptr) return *value.as_int();
  if (type == Type::boolean) return value.as_bool() != nullptr && *value.as_bool() ? 1 : 0;
  const double* real = value.as_float();
  const std::int64_t* integer = value.as_int();
  if (type == Type::real)
    return std::bit_cast<std::int64_t>(real != nullptr      ? *real
                                       : integer != nullptr ? static_cast<double>(*integer)
                                                            : 0.0);
  if (type == Type::duration)
    return duration_ns(real != nullptr ? *real : integer != nullptr ? static_cast<double>(*integer) : 0.0);
  return integer != nullptr ? *integer : 0;
}

std::size_t words_of(std::size_t fields) { return (fields + 63) / 64; }

void append_word(std::string& out, std::uint64_t word) {
  out.append(reinterpret_cast<const char*>(&word), sizeof word);
}

void append_bytes(std::string& out, std::string_view bytes) {
  append_word(out, bytes.size());
  out.append(bytes);
  out.append(padded(bytes.size()) - bytes.size(), '\0');
}

void append_elsewhere(std::string& out, std::uint64_t size, std::uint64_t which, std::uint64_t offset) {
  append_word(out, size | kElsewhereMark);
  append_word(out, which << kWhichShift | offset);
}

/// Returns false if the value is not in a blob, or if `blobs` is full.
bool append_shared(std::string& out, const Value& value, Blobs* blobs) {
  const auto* slice = blobs ? dynamic_cast<const BlobSlice*>(value.as_shared()) : nullptr;
  if (!slice || slice->blob()->fd() < 0) return false;
  const auto found = std::find(blobs->begin(), blobs->end(), slice->blob());
  if (found == blobs->end() && blobs->size() == kMaxBlobs) return false;
  const auto which = static_cast<std::uint64_t>(found - blobs->begin());
  if (found == blobs->end()) blobs->push_back(slice->blob());
  append_elsewhere(out, slice->bytes().size(), which, slice->offset());
  return true;
}

/// The presence bits. They precede the fields from which they are computed.
class Presence {
 public:
  Presence(std::string& out, std::size_t fields) : out_(out), at_(out.size()) {
    for (std::size_t i = 0; i < words_of(fields); ++i) append_word(out, 0);
  }
  void set(std::size_t field) {
    if (field / 64 != word_) write(), word_ = field / 64, bits_ = 0;
    bits_ |= std::uint64_t{1} << field % 64;
  }
  /// Call after the last field.
  void write() {
    if (bits_ != 0) std::memcpy(out_.data() + at_ + word_ * 8, &bits_, sizeof bits_);
  }

 private:
  std::string& out_;
  const std::size_t at_;
  std::size_t word_ = 0;
  std::uint64_t bits_ = 0;
};

/// Encodes in one piece a small set of fields that are all numbers, as most sets are. Returns false for other sets.
/// `bits(i)`: the bits of field i, if present.
template <class Bits>
bool append_numbers(std::span<const Type> types, std::string& out, Bits&& bits) {
  constexpr std::size_t kMax = 8;
  if (types.size() > kMax) return false;
  std::uint64_t words[1 + kMax];
  std::uint64_t presence = 0;
  std::size_t used = 1;
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (!is_scalar(types[i])) return false;
    if (!bits(i, words[used])) continue;
    presence |= std::uint64_t{1} << i;
    ++used;
  }
  words[0] = presence;
  out.append(reinterpret_cast<const char*>(words), types.empty() ? 0 : used * sizeof *words);
  return true;
}

}  // namespace

void encode_fields(std::span<const Type> types, std::span<const Value> values, std::string& out, Blobs* blobs) {
  const auto number = [&](std::size_t i, std::uint64_t& word) {
    return !values[i].is_null() && (word = static_cast<std::uint64_t>(scalar_bits(types[i], values[i])), true);
  };
  if (append_numbers(types, out, number)) return;
  Presence presence(out, types.size());
  for (std::size_t i = 0; i < types.size(); ++i) {
    const Value& value = values[i];
    if (value.is_null()) continue;
    presence.set(i);
    if (is_scalar(types[i]))
      append_word(out, static_cast<std::uint64_t>(scalar_bits(types[i], value)));
    else if (types[i] == Type::list || types[i] == Type::map || types[i] == Type::any)
      append_bytes(out, encode_value(value));
    else if (!append_shared(out, value, blobs))
      append_bytes(out, value.bytes().value_or(std::string_view()));
  }
  presence.write();
}

void encode_views(std::span<const Type> types, std::span<const FieldView> views, std::string& out,
                  Elsewhere elsewhere) {
  const auto number = [&](std::size_t i, std::uint64_t& word) {
    return views[i].present && (word = static_cast<std::uint64_t>(views[i].bits), true);
  };
  if (append_numbers(types, out, number)) return;
  Presence presence(out, types.size());
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (!views[i].present) continue;
    presence.set(i);
    if (is_scalar(types[i]))
      append_word(out, static_cast<std::uint64_t>(views[i].bits));
    else if (views[i].blob >= 0 && elsewhere == Elsewhere::stays)
      append_elsewhere(out, views[i].bytes.size(), static_cast<std::uint64_t>(views[i].blob), views[i].offset);
    else
      append_bytes(out, views[i].bytes);
  }
  presence.write();
}

bool view_fields(std::span<const Type> types, std::string_view bytes, std::span<FieldView> views,
                 std::span<const std::string_view> blobs) {
  std::size_t at = words_of(types.size()) * 8;
  if (bytes.size() < at) return false;
  const auto word_at = [&](std::size_t offset) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data() + offset, sizeof word);
    return word;
  };
  for (std::size_t i = 0; i < types.size(); ++i) {
    FieldView& view = views[i];
    view = {};
    view.present = word_at(i / 64 * 8) >> i % 64 & 1;
    if (!view.present) continue;
    if (bytes.size() - at < 8) return false;
    const std::uint64_t word = word_at(at);
    at += 8;
    if (is_scalar(types[i])) {
      view.bits = static_cast<std::int64_t>(word);
      continue;
    }
    if ((word & kElsewhereMark) != 0) {
      if (bytes.size() - at < 8) return false;
      const std::uint64_t size = word & ~kElsewhereMark, which = word_at(at) >> kWhichShift;
      const std::uint64_t offset = word_at(at) & ((std::uint64_t{1} << kWhichShift) - 1);
      at += 8;
      if (which >= blobs.size() || offset > blobs[which].size() || size > blobs[which].size() - offset) return false;
      view.bytes = blobs[which].substr(offset, size);
      view.blob = static_cast<std::int32_t>(which);
      view.offset = offset;
      continue;
    }
    if (word > bytes.size() - at || padded(word) > bytes.size() - at) return false;
    view.bytes = bytes.substr(at, word);
    at += padded(word);
  }
  return at == bytes.size();
}

IntFields::IntFields(std::size_t count) : first_(words_of(count)), words_(first_ + count) {
  for (std::size_t i = 0; i < count; ++i) words_[i / 64] |= static_cast<std::int64_t>(std::uint64_t{1} << i % 64);
}

FieldsCheck::FieldsCheck(std::vector<Type> types) : types_(std::move(types)), views_(types_.size()) {
  if (!types_.empty() && types_.size() < 64 && std::all_of(types_.begin(), types_.end(), is_scalar))
    numbers_ = (std::uint64_t{1} << types_.size()) - 1;
}

bool FieldsCheck::views_hold(std::string_view bytes) {
  if (!view_fields(types_, bytes, views_)) return false;
  for (std::size_t i = 0; i < types_.size(); ++i)
    if (!is_readable(types_[i], views_[i])) return false;
  return true;
}

bool is_readable(Type type, const FieldView& view) {
  if (!view.present || (type != Type::list && type != Type::map && type != Type::any)) return true;
  const std::optional<Value::Kind> kind = encoded_kind(view.bytes);
  if (!kind || type == Type::any) return kind.has_value();
  return *kind == (type == Type::list ? Value::Kind::list : Value::Kind::map);
}

std::optional<Value> value_of(Type type, const FieldView& view, const std::shared_ptr<const Blob>& blob) {
  if (!view.present) return Value();
  const auto shared = [&](Value::Kind kind) {
    return Value(kind, std::make_shared<BlobSlice>(blob, view.offset, view.bytes.size()));
  };
  const bool elsewhere = view.blob >= 0 && blob != nullptr;
  switch (type) {
    case Type::boolean: return Value(view.bits != 0);
    case Type::integer:
    case Type::size: return Value(view.bits);
    case Type::real: return Value(std::bit_cast<double>(view.bits));
    case Type::duration: return Value(static_cast<double>(view.bits) / kNsPerSecond);
    case Type::text: return elsewhere ? shared(Value::Kind::text) : Value(view.bytes);
    case Type::bytes: return elsewhere ? shared(Value::Kind::bytes) : Value(Bytes{std::string(view.bytes)});
    case Type::path: return elsewhere ? shared(Value::Kind::path) : Value(Path{std::string(view.bytes)});
    case Type::list:
    case Type::map:
    case Type::any: return decode_value(view.bytes);
  }
  return std::nullopt;
}

}  // namespace ropewalk::board
