#include "doctor.hpp"

#include "base/text.hpp"
#include "report/json_object.hpp"
#include "tables.hpp"

#include <ropewalk/sdk/abi.h>
#include <ropewalk/value.hpp>
#include <ropewalk/version.hpp>

#include <fmt/format.h>

#include <iterator>

namespace ropewalk::cli {
namespace {

std::string shown(const std::filesystem::path& path) { return path.empty() ? "none" : path.string(); }

void append_section(std::string& out, std::string_view title, std::vector<Row> rows) {
  if (rows.empty()) return;
  fmt::format_to(std::back_inserter(out), "{}\n", title);
  append_rows(out, std::move(rows), "  ");
}

}  // namespace

std::string doctor_text(const DoctorReport& report) {
  std::string out =
      fmt::format("ropewalk {}, plugin ABI 1.{}, workflow language 1\n", program_version(), ROPEWALK_ABI_MINOR);
  std::vector<Row> rows;
  for (const ProgramState& each : report.programs)
    rows.push_back({each.name, each.problem.empty() ? each.version : "FAILS",
                    each.problem.empty() ? shown(each.file) : each.problem});
  append_section(out, "programs", std::exchange(rows, {}));
  for (const PathState& each : report.paths) rows.push_back({each.name, shown(each.path)});
  append_section(out, "paths", std::exchange(rows, {}));
  append_section(out, "machine",
                 {{"cores", fmt::format("{} usable, {} allowed by the affinity, {} online", report.cores.usable,
                                        report.cores.affinity, report.cores.online)},
                  {"memory", fmt::format("{} MiB available", report.memory_bytes >> 20)},
                  {"control groups", report.group_folder ? "can be made in " + report.group_folder->string()
                                                         : "cannot be made: " + report.group_problem}});
  for (const LimitState& each : report.limits) rows.push_back({each.name, each.held ? "held" : "in part", each.how});
  append_section(out, "limits", std::exchange(rows, {}));
  for (const PluginState& each : report.plugins)
    rows.push_back({each.name, each.problem.empty() ? each.version : each.code,
                    each.problem.empty() ? shown(each.file) : each.problem});
  append_section(out, "plugins", std::exchange(rows, {}));
  for (const ToolState& each : report.tools)
    rows.push_back({each.name, each.file.empty() ? "not found" : each.file.string()});
  append_section(out, "other programs", std::exchange(rows, {}));
  const TerminalState& terminal = report.terminal;
  const auto yes = [](bool truth) { return truth ? "terminal" : "no terminal"; };
  append_section(out, "terminal",
                 {{"standard input", yes(terminal.input)},
                  {"standard output", yes(terminal.output)},
                  {"standard error", fmt::format("{}, {} columns, {}", yes(terminal.error), terminal.width,
                                                 terminal.color ? "colors" : "no colors")},
                  {"TERM", terminal.type.empty() ? "not set" : terminal.type}});
  if (report.works()) return out + "all that a run needs works\n";
  for (const std::string& problem : report.problems) out += "problem: " + escape_for_display(problem) + "\n";
  return out;
}

std::string doctor_json(const DoctorReport& report) {
  std::string out;
  {
    JsonObject map(out);
    map.count("schema", 1);
    map.text("ropewalk", program_version());
    map.text("abi", fmt::format("1.{}", ROPEWALK_ABI_MINOR));
    map.count("language", 1);
    map.truth("works", report.works());
    map.list("problems", report.problems, [&](const std::string& each) { append_json_string(out, each); });
    map.list("programs", report.programs, [&](const ProgramState& each) {
      JsonObject program(out);
      program.text("name", each.name);
      program.text("file", each.file.string());
      program.optional_text("version", each.version);
      program.optional_text("problem", each.problem);
    });
    map.list("paths", report.paths, [&](const PathState& each) {
      JsonObject path(out);
      path.text("name", each.name);
      path.optional_text("file", each.path.string());
    });
    {
      JsonObject cores(map.key("cores"));
      cores.count("usable", report.cores.usable);
      cores.count("affinity", report.cores.affinity);
      cores.count("online", report.cores.online);
    }
    map.count("memory_bytes", report.memory_bytes);
    {
      JsonObject groups(map.key("control_groups"));
      groups.optional_text("file", report.group_folder ? report.group_folder->string() : "");
      groups.optional_text("problem", report.group_problem);
    }
    map.list("limits", report.limits, [&](const LimitState& each) {
      JsonObject limit(out);
      limit.text("name", each.name);
      limit.truth("held", each.held);
      limit.text("how", each.how);
    });
    map.list("plugins", report.plugins, [&](const PluginState& each) {
      JsonObject plugin(out);
      plugin.text("name", each.name);
      plugin.optional_text("version", each.version);
      plugin.optional_text("file", each.file.string());
      plugin.truth("ships", each.ships);
      plugin.optional_text("code", each.code);
      plugin.optional_text("problem", each.problem);
    });
    map.list("tools", report.tools, [&](const ToolState& each) {
      JsonObject tool(out);
      tool.text("name", each.name);
      tool.optional_text("file", each.file.string());
    });
    JsonObject terminal(map.key("terminal"));
    terminal.truth("input", report.terminal.input);
    terminal.truth("output", report.terminal.output);
    terminal.truth("error", report.terminal.error);
    terminal.truth("color", report.terminal.color);
    terminal.count("width", report.terminal.width);
    terminal.text("type", report.terminal.type);
  }
  return out + "\n";
}

}  // namespace ropewalk::cli
