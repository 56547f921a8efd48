#pragma once
// Reads encoded results of one task type. Immutable; any thread.

#include <ropewalk/plugin.hpp>
#include <ropewalk/value.hpp>

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

class FieldReader {
 public:
  FieldReader() = default;
  explicit FieldReader(const std::vector<Field>& fields);
  void add(const std::vector<Field>& fields);

  /// A map of the fields. Nothing: the bytes are no such encoding.
  std::optional<Value> read(std::string_view encoded) const;
  /// The position of a field; empty: there is none of that name.
  std::optional<std::size_t> find(std::string_view name) const;
  const std::vector<std::string>& names() const { return names_; }
  Type type(std::size_t position) const { return types_[position]; }
  /// The bits of a scalar field; nothing: it is absent.
  std::optional<std::int64_t> scalar(std::size_t position, std::string_view encoded) const {
    // The usual case: one word of presence bits with all of them, and then a word each.
    if (!scalars_ || encoded.size() != sizeof(std::int64_t) * (1 + types_.size())) return search(position, encoded);
    std::int64_t bits;
    std::memcpy(&bits, encoded.data() + sizeof bits * (1 + position), sizeof bits);
    return bits;
  }

 private:
  std::optional<std::int64_t> search(std::size_t position, std::string_view encoded) const;

  std::vector<std::string> names_;
  std::vector<Type> types_;
  bool scalars_ = true;  // all of them, and few
};

}  // namespace ropewalk
