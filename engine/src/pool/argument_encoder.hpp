#pragma once
// Checks the arguments of tasks against their task type, and encodes them. What does not fit is told in the words of a
// plan, with the same codes. On the pool's thread.

#include "protocol/fields.hpp"

#include <ropewalk/error.hpp>
#include <ropewalk/plugin.hpp>
#include <ropewalk/pool.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

class ArgumentEncoder {
 public:
  ArgumentEncoder(std::string task, const TaskDescription& type);

  /// Begins with no arguments.
  void begin();
  /// Takes one: converts and checks it. What is wrong with it is added to errors().
  void take(std::string_view name, const Value& value);
  /// Names an argument that comes later, for each task. Returns its position in the task type; empty: an error.
  std::optional<std::uint32_t> reserve(std::string_view name);
  /// Sets the value of one that was reserved. False: `error`.
  bool set(std::uint32_t position, const Value& value, Error& error);
  /// Checks that nothing is missing.
  void end();

  const std::vector<Error>& errors() const { return errors_; }
  /// Appends the encoding of all positions.
  void encode(std::string& out, board::Blobs& blobs) const { board::encode_fields(types_, values_, out, &blobs); }
  std::span<const Type> types() const { return types_; }
  const Value& value(std::uint32_t position) const { return values_[position]; }
  /// Whether every value of the declared type is accepted.
  bool is_unlimited(std::uint32_t position) const;

 private:
  std::optional<std::uint32_t> find(std::string_view name);
  bool fit(std::uint32_t position, Value& value, Error& error) const;

  const std::string task_;
  const TaskDescription type_;
  std::vector<Type> types_;
  std::vector<bool> has_limits_;
  std::vector<Value> values_;  // by position; null: absent
  std::vector<bool> given_;
  std::vector<Error> errors_;
};

}  // namespace ropewalk
