#pragma once
// Parameters and results as bytes, by declared position: one presence bit each, then the present ones in order.
// Scalars are 8 bytes; text, bytes and paths a length and the bytes; lists, maps and `any` a length and FlexBuffers.
// Everything is aligned to 8. A plugin never sees this encoding.

#include <ropewalk/value.hpp>

#include <cstdint>
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
};

/// Whether a type is a scalar: 8 bytes, in FieldView::bits.
bool is_scalar(Type type);

/// Appends. `values[i]` is of `types[i]` or null; durations are seconds.
void encode_fields(std::span<const Type> types, std::span<const Value> values, std::string& out);
/// Appends the same from parts.
void encode_views(std::span<const Type> types, std::span<const FieldView> views, std::string& out);

/// Total: false if the bytes are not an encoding of these types, to the last byte. views.size() == types.size().
bool view_fields(std::span<const Type> types, std::string_view bytes, std::span<FieldView> views);

/// The value of one field; nothing if it is nested and damaged.
std::optional<Value> value_of(Type type, const FieldView& view);

}  // namespace ropewalk::board
