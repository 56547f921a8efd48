#pragma once
// Plugins that a program contains, in C++: task types as in a plugin file, which the engine runs in processes of the
// program's own file.
//
//   struct Greet { ... };  // as in ropewalk/sdk/task.hpp
//   ROPEWALK_LINKED_PLUGIN("greeter", "1.0.0", ropewalk::task<Greet>("greet"))
//
//   int main() {
//     ropewalk::Engine engine;
//     engine.pool("greeter.greet").submit({{"name", "Ada"}}).get();
//   }
//
// Link Ropewalk::engine and Ropewalk::plugin. engine/README.md has a complete program and the rules.

#include <ropewalk/linked_plugin.h>
#include <ropewalk/sdk/task.hpp>

#include <string_view>

namespace ropewalk::linked_detail {

constexpr bool is_plugin_name(std::string_view name) {
  if (name.empty() || name.front() < 'a' || name.front() > 'z') return false;
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string_view::npos;
}

}  // namespace ropewalk::linked_detail

/// @cond
#define ROPEWALK_LINKED_PLUGIN_(id, plugin_name, plugin_version, ...)                   \
  static_assert(::ropewalk::linked_detail::is_plugin_name(plugin_name),                 \
                "ROPEWALK_LINKED_PLUGIN: a plugin's name is [a-z][a-z0-9_-]*");         \
  static const ropewalk_plugin* ropewalk_linked_entry_##id(void){ROPEWALK_PLUGIN_TABLE( \
      plugin_name, plugin_version, __VA_ARGS__)} ROPEWALK_LINKED_LIST(id, plugin_name, ropewalk_linked_entry_##id)
#define ROPEWALK_LINKED_PLUGIN_WITH(id, ...) ROPEWALK_LINKED_PLUGIN_(id, __VA_ARGS__)
/// @endcond

/// Links a plugin into the program. Arguments: name, version, task types, as of ROPEWALK_PLUGIN. Tasks are called
/// NAME.task. Used at file scope and outside of namespaces, any number of times, in sources of the program itself: an
/// object file that the linker takes from an archive only if something refers to it may be missing.
#define ROPEWALK_LINKED_PLUGIN(...) ROPEWALK_LINKED_PLUGIN_WITH(__COUNTER__, __VA_ARGS__)
