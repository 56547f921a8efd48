#pragma once
// Writes the values of a spec as YAML on one line. Bounded in depth and size, however deep or large a value is.

#include <ropewalk/spec_value.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace ropewalk {

class SpecValueWriter {
 public:
  /// `report(code, message)` is called for what has no form in YAML, and for nothing twice.
  using Report = std::function<void(const char* code, std::string message)>;
  SpecValueWriter(std::string& out, std::size_t max_bytes, Report report)
      : out_(out), max_bytes_(max_bytes), report_(std::move(report)) {}

  void value(const SpecValue& value, std::size_t depth = 0);
  void list(const SpecList& list, std::size_t depth = 0);
  /// Fields without a value are left out.
  void map(const SpecMap& map, std::size_t depth = 0);
  /// Text that is no template, such as a name. Bytes that are not UTF-8 are reported.
  void name(std::string_view text);
  /// Whether so much is written that the rest would be refused anyway.
  bool is_full() const { return out_.size() > max_bytes_; }

 private:
  void constant(const Value& constant);

  std::string& out_;
  const std::size_t max_bytes_;
  const Report report_;
};

}  // namespace ropewalk
