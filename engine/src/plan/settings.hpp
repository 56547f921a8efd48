#pragma once
// The values of a workflow's params: defaults, then --set, read by the declared types. Pure; any thread.

#include "workflow/document.hpp"
#include "workflow/mistakes.hpp"

#include <ropewalk/value.hpp>

#include <set>
#include <string>
#include <vector>

namespace ropewalk {

struct Settings {
  Map values;
  std::set<std::string, std::less<>> unknown;  ///< declared, but a mistake in their value is told
};

/// `set` holds "name=value", in order; the last of a name counts, but plain values of a list are collected.
Settings read_settings(const Document& document, const std::vector<std::string>& set, Mistakes& mistakes);

}  // namespace ropewalk
