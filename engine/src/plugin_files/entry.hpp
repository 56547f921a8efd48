#pragma once
// What a plugin says of itself, read through its entry in the process that has loaded it or contains it.

#include <ropewalk/error.hpp>
#include <ropewalk/plugin.hpp>
#include <ropewalk/sdk/abi.h>

#include <filesystem>
#include <string>

namespace ropewalk {

struct LoadedPlugin {
  const ropewalk_plugin* code = nullptr;  ///< lives as long as the process: plugins are never unloaded
  Plugin description;
};

/// Where an entry comes from.
struct EntryOrigin {
  std::filesystem::path file;  ///< of the plugin, or of the program that it is linked into
  std::string name;            ///< that it must have
  bool linked = false;

  std::string plugin_text() const;  ///< the beginning of a message
};

/// Calls the entry, checks what the plugin says of itself, and lets it describe its task types with `host`. Errors
/// carry P codes.
Result<LoadedPlugin> describe_entry(ropewalk_plugin_entry entry, const ropewalk_host& host, const EntryOrigin& origin);

}  // namespace ropewalk
