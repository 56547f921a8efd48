#pragma once
// The values of a workflow's params: given one by one, as the content of a file or in the environment, else the
// default, read by the declared types. Pure; any thread.

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
  std::set<std::string, std::less<>> unknown;  ///< declared, but a diagnostic in their value is told
  /// Where a value comes from: SettingSources::names.set or .set_file, or "ROPEWALK_PARAM_KEY". Without one: its
  /// default.
  std::map<std::string, std::string, std::less<>> origins;
};

/// As in PlanOptions. Of several texts for one param of one source the last counts, but plain values of a list are
/// collected.
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
