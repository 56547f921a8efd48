#pragma once
// Nested values: a plugin reads them as pointers to Value on any thread, and builds them on the task's thread. A value
// that the engine could not read is refused while it is built, and the task fails with the reason.

#include <ropewalk/plugin.hpp>
#include <ropewalk/sdk/abi.h>
#include <ropewalk/value.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace ropewalk::host {
struct Call;
}

/// Builds one Value in place; lists and maps that are still open at the end count as closed. Without a value, calls
/// have no effect.
struct ropewalk_builder {
  /// Builds the value of a result field of the call.
  void begin(ropewalk::Value& value, ropewalk::host::Call& of_call, const ropewalk::Field& of_field) {
    end();
    root = &value;
    call = &of_call;
    field = &of_field;
  }
  void end() {
    root = nullptr;
    open_containers.clear();
    key.clear();
    refused = false;
  }
  void put(ropewalk::Value value);
  void open(ropewalk::Value container);

  ropewalk::Value* root = nullptr;
  ropewalk::host::Call* call = nullptr;
  const ropewalk::Field* field = nullptr;
  std::vector<ropewalk::Value*> open_containers;
  std::string key;
  bool refused = false;  ///< the task has failed, and further calls are ignored

 private:
  bool takes(ropewalk::Value& value);
  bool refuse(const std::string& what);
};

namespace ropewalk::host {

const ropewalk_value* handle(const Value* value);

std::int32_t abi_type(Type type);
std::int32_t type_of(const Value& value);
bool bool_of(const Value& value);
std::int64_t int_of(const Value& value);
double float_of(const Value& value);
std::string_view text_in(const Value& value);

/// Resets the position of value_at(); call it before the values of a call are destroyed.
void forget_cursor();

/// The functions on values and builders.
void fill_values(ropewalk_host& table);

}  // namespace ropewalk::host
