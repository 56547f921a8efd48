#pragma once
// Encodes parameters and results as bytes, by declared position: one presence bit per field, then the present fields in
// order. Scalars are 8 bytes. Text, bytes and paths are a length and the bytes. Lists, maps and `any` are a length and
// FlexBuffers. Large bytes may be in a blob that travels separately: the length is then marked, and the blob's index
// and offset replace the bytes. Everything is aligned to 8. A plugin never sees this encoding.

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

/// One field of an encoded set, read in place. Borrowed from the bytes.
struct FieldView {
  bool present = false;
  std::int64_t bits = 0;     ///< of a scalar; a float by std::bit_cast
  std::string_view bytes;    ///< of all other types
  std::int32_t blob = -1;    ///< index of the blob that contains the bytes; -1: none
  std::uint64_t offset = 0;  ///< of the bytes in that blob
};

/// Minimum size of a text, bytes or path for storage in a blob.
inline constexpr std::uint64_t kMinElsewhere = 64 << 10;
inline constexpr std::size_t kMaxBlobs = 8;  ///< per set of fields

using Blobs = std::vector<std::shared_ptr<const Blob>>;

/// Whether a type is a scalar: 8 bytes, in FieldView::bits.
constexpr bool is_scalar(Type type) {
  return type == Type::boolean || type == Type::integer || type == Type::real || type == Type::duration ||
         type == Type::size;
}

/// Appends the encoding. `values[i]` is of `types[i]` or null; durations are in seconds. Shared values stay in their
/// blobs, which are appended to `blobs`, if given.
void encode_fields(std::span<const Type> types, std::span<const Value> values, std::string& out,
                   Blobs* blobs = nullptr);
enum class Elsewhere { stays, inline_copy };
/// Appends the same encoding from views.
void encode_views(std::span<const Type> types, std::span<const FieldView> views, std::string& out,
                  Elsewhere elsewhere = Elsewhere::inline_copy);

/// Total: returns false if the bytes are not exactly an encoding of these types, or if a field lies in none of `blobs`.
/// Requires views.size() == types.size().
bool view_fields(std::span<const Type> types, std::string_view bytes, std::span<FieldView> views,
                 std::span<const std::string_view> blobs = {});

/// An encoding of ints that are all present and are set in place.
class IntFields {
 public:
  explicit IntFields(std::size_t count);
  std::span<std::int64_t> values() { return std::span(words_).subspan(first_); }
  std::string_view bytes() const {
    return {reinterpret_cast<const char*>(words_.data()), words_.size() * sizeof(std::int64_t)};
  }

 private:
  std::size_t first_;  // behind the words of presence bits
  std::vector<std::int64_t> words_;
};

/// Whether value_of() can read a field of that type from view_fields(). Checks nested values completely.
bool is_readable(Type type, const FieldView& view);

/// Checks whether bytes are a readable encoding of a fixed list of types with nothing in blobs. Faster if all are
/// numbers. Not for concurrent use.
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
  std::uint64_t numbers_ = 0;  // a bit for each field if all are numbers and there are few
  std::vector<FieldView> views_;
};

/// The value of one field; empty if it is not readable. A field in `blob` shares it.
std::optional<Value> value_of(Type type, const FieldView& view, const std::shared_ptr<const Blob>& blob = nullptr);

}  // namespace ropewalk::board
