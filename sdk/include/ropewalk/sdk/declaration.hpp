#pragma once
// Declaration: the result of describe() for a task type, kept for the host. The part of TaskType that does not depend
// on the task's C++ type. Filled once per process, then only read, from any thread. Part of task.hpp, which is what a
// plugin includes.

#include <ropewalk/sdk/abi.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {
inline namespace [[gnu::visibility("hidden")]] sdk_v1 {
namespace detail {

struct Field {
  std::string name, help, unit;
  std::string default_value, minimum, maximum, choices;  ///< JSON; empty: none
  std::uint32_t flags = 0;
  std::int32_t type = 0, element = 0;
};

inline const char* or_null(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

struct Declaration {
  std::string summary, executor;
  std::string exactly_one;  ///< JSON; empty: none
  std::uint32_t flags = 0;
  std::vector<Field> params, results;

  void declare(const ropewalk_host* host, ropewalk_types* types) const {
    const ropewalk_task_info info = {sizeof info, flags, summary.c_str(), or_null(executor), or_null(exactly_one)};
    host->task_info(types, &info);
    for (const Field& field : params) declare(field, host->param, types);
    for (const Field& field : results) declare(field, host->result, types);
  }

  std::int64_t find_result(std::string_view name) const {
    for (std::size_t i = 0; i < results.size(); ++i)
      if (results[i].name == name) return static_cast<std::int64_t>(i);
    return -1;
  }

 private:
  static void declare(const Field& field, void (*to)(ropewalk_types*, const ropewalk_field*), ropewalk_types* types) {
    const ropewalk_field abi_field = {sizeof abi_field,
                                      field.flags,
                                      field.name.c_str(),
                                      field.type,
                                      field.element,
                                      or_null(field.unit),
                                      or_null(field.default_value),
                                      or_null(field.minimum),
                                      or_null(field.maximum),
                                      or_null(field.choices),
                                      or_null(field.help)};
    to(types, &abi_field);
  }
};

}  // namespace detail
}  // namespace sdk_v1
}  // namespace ropewalk
