#include "plugin_files/description_cache.hpp"

#include "base/user_files.hpp"
#include "values/value_codec.hpp"
#include "plugin_files/describe.hpp"

#include <fmt/format.h>

#include <functional>

namespace ropewalk {
namespace {

constexpr std::size_t kMaxBytes = 8u << 20;
constexpr std::int64_t kFormat = 3;

}  // namespace

std::filesystem::path DescriptionCache::place_of(const std::filesystem::path& file) const {
  return folder_ / fmt::format("{}-{:016x}", file.stem().string(), std::hash<std::string>()(file.string()));
}

std::optional<Plugin> DescriptionCache::find(const std::filesystem::path& file, const std::string& identity) const {
  if (folder_.empty()) return std::nullopt;
  const auto bytes = read_user_file(place_of(file), kMaxBytes);
  const auto kept = bytes ? decode_value(*bytes) : std::nullopt;
  const Map* map = kept ? kept->as_map() : nullptr;
  if (map == nullptr) return std::nullopt;
  const auto is = [&](const char* key, const Value& wanted) {
    const auto found = map->find(key);
    return found != map->end() && found->second == wanted;
  };
  const auto described = map->find("plugin");
  if (!is("format", kFormat) || !is("file", Bytes{file.string()}) || !is("identity", identity) ||
      described == map->end())
    return std::nullopt;
  std::optional<Plugin> plugin = plugin_from_value(described->second);
  if (plugin) {
    plugin->path = file;
    plugin->identity = identity;
  }
  return plugin;
}

void DescriptionCache::keep(const Plugin& plugin) const {
  if (folder_.empty() || find(plugin.path, plugin.identity)) return;
  const Map kept{{"format", kFormat},
                 {"file", Bytes{plugin.path.string()}},
                 {"identity", plugin.identity},
                 {"plugin", describe_as_value(plugin)}};
  write_user_file(place_of(plugin.path), encode_value(kept));
}

}  // namespace ropewalk
