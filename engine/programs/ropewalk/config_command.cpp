#include "commands.hpp"
#include "tables.hpp"

#include <ropewalk/version.hpp>

#include <fmt/format.h>

namespace ropewalk::cli {
namespace {

std::string as_json(const std::vector<Setting>& settings) {
  std::string out = fmt::format("{{\"schema\": 1, \"ropewalk\": \"{}\", \"settings\": [", program_version());
  for (const Setting& setting : settings) {
    if (&setting != &settings.front()) out += ", ";
    for (const auto& [key, value] :
         {std::pair("{\"name\": ", &setting.name), std::pair(", \"value\": ", &setting.value),
          std::pair(", \"origin\": ", &setting.origin)}) {
      out += key;
      append_json_string(out, *value);
    }
    out += '}';
  }
  return out + "]}\n";
}

}  // namespace

int config(const Options& options, const std::vector<Setting>& settings, Screen& screen) {
  if (options.json) return print(as_json(settings), screen) ? 0 : kOutputFailed;
  std::vector<Row> rows;
  for (const Setting& setting : settings) {
    rows.push_back({setting.name, setting.value});
    if (options.origin) rows.back().push_back(setting.origin);
  }
  std::string text;
  append_rows(text, rows, "");
  return print(text, screen) ? 0 : kOutputFailed;
}

}  // namespace ropewalk::cli
