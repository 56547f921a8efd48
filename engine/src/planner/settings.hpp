#pragma once
// The values of a workflow's params, read by their declared types: given one by one, as the content of a file, or in
// the environment; else the default. Pure; any thread.

#include "workflow/document.hpp"
#include "workflow/diagnostics.hpp"

#include <ropewalk/input_names.hpp>
#include <ropewalk/value.hpp>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ropewalk {

struct Settings {
  Map values;
  std::set<std::string, std::less<>> unknown;  ///< declared, but their values are invalid, which was reported
  /// The origin of a value: SettingSources::names.set or .set_file, or "ROPEWALK_PARAM_KEY". Params with their default
  /// value have none.
  std::map<std::string, std::string, std::less<>> origins;
};

/// As in PlanOptions. If a source has several texts for a param, the last one wins, except that plain values of a list
/// are collected.
struct SettingSources {
  const std::vector<std::string>& set;
  const std::vector<std::pair<std::string, std::string>>& set_files;
  const std::vector<std::pair<std::string, std::string>>& environment;
  const InputNames& names;  ///< of these sources, for messages
};
Settings read_settings(const Document& document, const SettingSources& sources, Diagnostics& diagnostics,
                       std::vector<Error>& warnings);

/// "ROPEWALK_PARAM_API_KEY" for `api-key`.
std::string param_variable(std::string_view name);

}  // namespace ropewalk
