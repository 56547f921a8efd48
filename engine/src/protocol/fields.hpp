#pragma once
// Parameters and results as bytes, by declared position: one presence bit each, then the present ones in order.
// Scalars are 8 bytes; text, bytes and paths a length and the bytes; lists, maps and `any` a length and FlexBuffers.
// Large bytes may lie elsewhere, in a blob that travels beside: then the length is marked, and which blob and where
// follows in place of the bytes. Everything is aligned to 8. A plugin never sees this encoding.

#include "protocol/blob.hpp"

#include <ropewalk/value.hpp>

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk::board {

/// One field of an encoded set, still in place. Borrowed from the bytes.
struct FieldView {
  bool present = false;
  std::int64_t bits = 0;   ///< of a scalar; a float's by std::bit_cast
  std::string_view bytes;  ///< of everything else
  std::int32_t blob = -1;  ///< which one the bytes lie in; -1: none
  std::uint64_t offset = 0;  ///< of the bytes, in it
};

/// What a text, bytes or path must have to be worth a place of its own.
inline constexpr std::uint64_t kMinElsewhere = 64 << 10;
inline constexpr std::size_t kMaxBlobs = 8;  ///< beside one set of fields

using Blobs = std::vector<std::shared_ptr<const Blob>>;

/// Whether a type is a scalar: 8 bytes, in FieldView::bits.
constexpr bool is_scalar(Type type) {
  return type == Type::boolean || type == Type::integer || type == Type::real || type == Type::duration || type == Type::size;
}

/// Appends. `values[i]` is of `types[i]` or null; durations are seconds. Shared values stay where they are, and their
/// blobs are appended to `blobs`, if there is one.
void encode_fields(std::span<const Type> types, std::span<const Value> values, std::string& out, Blobs* blobs = nullptr);
enum class Elsewhere { stays, inline_copy };
/// Appends the same from parts.
void encode_views(std::span<const Type> types, std::span<const FieldView> views, std::string& out, Elsewhere elsewhere = Elsewhere::inline_copy);

/// Total: false if the bytes are not an encoding of these types, to the last byte, or lie in none of `blobs`.
/// views.size() == types.size().
bool view_fields(std::span<const Type> types, std::string_view bytes, std::span<FieldView> views, std::span<const std::string_view> blobs = {});

/// An encoding of ints that are all there, which are set in place.
class IntFields {
 public:
  explicit IntFields(std::size_t count);
  std::span<std::int64_t> values() { return std::span(words_).subspan(first_); }
  std::string_view bytes() const { return {reinterpret_cast<const char*>(words_.data()), words_.size() * sizeof(std::int64_t)}; }

 private:
  std::size_t first_;  // behind the words of presence bits
  std::vector<std::int64_t> words_;
};

/// Whether value_of() can read a field of that type, which view_fields() gave. A nested one is looked through.
bool is_readable(Type type, const FieldView& view);

/// Whether bytes are an encoding of some types that can be read, with nothing elsewhere. Sooner where all are numbers.
/// Not for two threads at once.
class FieldsCheck {
 public:
  FieldsCheck() = default;
  explicit FieldsCheck(std::vector<Type> types);
  bool holds(std::string_view bytes) {
    if (numbers_ == 0) return views_hold(bytes);
    std::uint64_t presence;
    if (bytes.size() < sizeof presence) return false;
    std::memcpy(&presence, bytes.data(), sizeof presence);
    presence &= numbers_;
    const std::size_t there = presence == numbers_ ? types_.size() : static_cast<std::size_t>(std::popcount(presence));
    return bytes.size() == sizeof presence * (1 + there);
  }

 private:
  bool views_hold(std::string_view bytes);

  std::vector<Type> types_;
  std::uint64_t numbers_ = 0;  // a bit for each field where all are numbers, and few
  std::vector<FieldView> views_;
};

/// The value of one field; nothing if it is not readable. What lies in `blob` is shared with it.
std::optional<Value> value_of(Type type, const FieldView& view, const std::shared_ptr<const Blob>& blob = nullptr);

}  // namespace ropewalk::board
