#pragma once
// The description of a plugin. Plain values, made by a probe in a host process; the engine never loads a plugin.

#include <ropewalk/value.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ropewalk {

class PluginImage;  // src/plugin/image.hpp

/// A parameter of a task type, or a field of its result. Its position is its index in the declaration.
struct Field {
  std::string name;
  Type type = Type::any;
  Type element = Type::any;  ///< of a list's or map's elements
  bool required = false;
  bool secret = false;
  bool input_file = false;
  bool output_file = false;
  std::string unit;  ///< shown in messages; may be empty
  std::string help;
  std::optional<Value> default_value;
  std::optional<Value> minimum, maximum;  ///< numbers
  std::vector<Value> choices;             ///< empty: any
};

struct TaskType {
  std::string name;  ///< without the plugin's name
  std::string summary;
  std::string executor;  ///< the preferred one; empty: process
  bool thread_safe = false;
  bool repeatable = true;
  bool stops = false;   ///< run() returns soon after a request to stop
  bool closes = false;  ///< it has an open() whose resources workers close at the end
  std::vector<Field> params;
  std::vector<Field> results;
  std::vector<std::vector<std::string>> exactly_one;  ///< groups of params, of which exactly one each must be given
};

struct Plugin {
  std::string name;
  std::string version;
  std::filesystem::path path;                     ///< absolute
  std::string identity;                           ///< changes with the file, or with a library that ships with it
  std::shared_ptr<const PluginImage> image = {};  ///< the copy that hosts load; null: they load the file
  std::uint32_t abi_minor = 0;
  std::vector<TaskType> task_types;

  const TaskType* find(std::string_view task_type) const {
    for (const TaskType& type : task_types)
      if (type.name == task_type) return &type;
    return nullptr;
  }
};

}  // namespace ropewalk
