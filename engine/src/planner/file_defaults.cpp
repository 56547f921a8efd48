#include "planner/file_defaults.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

namespace ropewalk {

void report_unused(const Document& file, const FileDefaults& defaults, Diagnostics& diagnostics) {
  if (!file.defaults.with || !defaults.complete || file.stages.empty()) return;
  for (const Node& key : file.defaults.with->keys)
    if (!defaults.taken.contains(key.text))
      diagnostics.add(codes::kUnusedDefault, place_of(file.source, key),
                      fmt::format("no stage's task has a parameter '{}', so this default is never used", key.text),
                      {"remove it, or look for a typing mistake in its name"});
}

}  // namespace ropewalk
