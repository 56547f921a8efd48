#pragma once
// The description of a plugin. Plain values, made by a probe in a host process; the engine never loads a plugin.
// TaskDescription and not TaskType, which is a template of the SDK, so that a program may include both.

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
  std::string name;                    ///< [a-z][a-z0-9_]*
  Type type = Type::any;               ///< of its values
  Type element = Type::any;            ///< of a list's or map's elements
  bool required = false;               ///< a parameter that must be given
  bool secret = false;                 ///< its values are hidden in all output
  bool input_file = false;             ///< a path that the task reads
  bool output_file = false;            ///< a path that the task writes
  std::string unit;                    ///< shown in messages; may be empty
  std::string help;                    ///< a sentence for people; may be empty
  std::optional<Value> default_value;  ///< of an optional parameter; empty: it stays absent
  std::optional<Value> minimum;        ///< number; empty: none
  std::optional<Value> maximum;        ///< number; empty: none
  std::vector<Value> choices;          ///< empty: any
};

/// What a plugin declares of one of its task types.
struct TaskDescription {
  std::string name;                                   ///< without the plugin's name
  std::string summary;                                ///< one sentence
  std::string executor;                               ///< the preferred one; empty: process
  bool thread_safe = false;                           ///< tasks may run on several threads of one process
  bool repeatable = true;                             ///< a task whose host died may run again
  bool stops = false;                                 ///< run() returns soon after a request to stop
  bool closes = false;                                ///< it has an open() whose resources workers close at the end
  std::vector<Field> params;                          ///< in the order of declaration
  std::vector<Field> results;                         ///< fields of a result, in the order of declaration
  std::vector<std::vector<std::string>> exactly_one;  ///< groups of params, of which exactly one each must be given
};

/// A plugin as it has described itself.
struct Plugin {
  std::string name;                               ///< that of its file without .so or .py, unless it is linked
  std::string version;                            ///< MAJOR.MINOR.PATCH
  std::filesystem::path path;                     ///< absolute; of the program that a linked plugin is part of
  std::string identity;                           ///< changes with the file, or with a library that ships with it
  std::shared_ptr<const PluginImage> image = {};  ///< what hosts load or are started from; null: they load the file
  std::filesystem::path interpreter = {};         ///< that runs a plugin in Python; empty: it is a shared library
  std::string interpreter_choice = {};            ///< why it is this one, such as "VIRTUAL_ENV"
  std::uint32_t abi_minor = 0;                    ///< of the SDK that it was compiled with
  std::vector<TaskDescription> task_types;        ///< at least one

  /// Returns null if there is no task type of that name. Valid as long as the plugin.
  const TaskDescription* find(std::string_view task_type) const {
    for (const TaskDescription& type : task_types)
      if (type.name == task_type) return &type;
    return nullptr;
  }
};

}  // namespace ropewalk
