#include "graph_text.hpp"

#include "tables.hpp"

#include <ropewalk/value.hpp>
#include <ropewalk/version.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace ropewalk::cli {
namespace {

std::string_view kind_of(StageWait::Why why) {
  switch (why) {
    case StageWait::Why::order: return "order";
    case StageWait::Why::needs: return "needs";
    case StageWait::Why::items: return "items";
    case StageWait::Why::reads: return "reads";
    case StageWait::Why::finally: return "finally";
  }
  return "";
}

/// It neither reads the other stage nor names it.
bool is_order(const StageWait& wait) {
  return wait.why == StageWait::Why::order || wait.why == StageWait::Why::finally;
}

std::string_view after_name(After after) {
  return after == After::success ? "success" : after == After::failure ? "failure" : "any";
}

std::string placement_of(const PlannedStage& stage) { return fmt::format("{} x{}", stage.executor, stage.workers); }

/// The label of an edge: its kind, and the outcome that it waits for, unless that is success.
std::string label_of(const PlannedStage& to, const StageWait& wait) {
  std::string label(kind_of(wait.why));
  if (!wait.streams && to.after != After::success)
    fmt::format_to(std::back_inserter(label), ", after: {}", after_name(to.after));
  return label;
}

/// Escapes text for a quoted string of dot.
std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out + '"';
}

void append_text_member(std::string& out, std::string_view key, std::string_view value) {
  fmt::format_to(std::back_inserter(out), "\"{}\": ", key);
  append_json_string(out, value);
}

}  // namespace

std::string_view why_text(const StageWait& wait) {
  switch (wait.why) {
    case StageWait::Why::order: return "before it in the file";
    case StageWait::Why::needs: return "needs";
    case StageWait::Why::items: return "its items";
    case StageWait::Why::reads: return "read by an expression";
    case StageWait::Why::finally: return "not at the end";
  }
  return "";
}

std::string start_text(const Plan& plan, const PlannedStage& stage) {
  std::string whole, each;
  std::size_t count = 0;
  if (stage.finally) whole = "all stages without 'finally'", count = 2;  // not their names: there may be many
  for (const StageWait& wait : stage.waits) {
    const std::string& name = plan.stages[wait.on].name;
    if (stage.finally && !plan.stages[wait.on].finally) continue;
    if (wait.streams)
      each = fmt::format("with each result of {}", name);
    else
      fmt::format_to(std::back_inserter(whole), "{}{} ({})", count++ == 0 ? "" : ", ", name, why_text(wait));
  }
  if (stage.finally && stage.waits.empty()) return "at once";
  if (count != 0) {
    const char* has = count == 1 ? "has" : "have";
    const std::string ends = stage.after == After::success ? fmt::format("{} succeeded", has)
                             : stage.after == After::any   ? fmt::format("{} ended", has)
                             : count == 1                  ? std::string("has ended badly")
                                                           : std::string("have ended, one of them badly");
    whole = fmt::format("when {} {}", whole, ends);
  }
  if (whole.empty() && each.empty()) return "at once";
  return whole + (whole.empty() || each.empty() ? "" : ", then ") + each;
}

void append_graph_text(std::string& out, const Plan& plan) {
  std::vector<Row> rows{{"stage", "task", "executor", "starts"}};
  for (const PlannedStage& stage : plan.stages)
    rows.push_back({stage.name, stage.task, placement_of(stage),
                    start_text(plan, stage) + (stage.condition ? ", if its 'if' is true" : "")});
  append_rows(out, rows, "");
}

void append_graph_dot(std::string& out, const Plan& plan) {
  fmt::format_to(std::back_inserter(out), "digraph {} {{\n  rankdir=LR;\n  node [shape=box];\n",
                 in_quotes(plan.workflow));
  for (const PlannedStage& stage : plan.stages)
    fmt::format_to(std::back_inserter(out), "  \"{}\" [label=\"{}\\n{}\\n{}\"];\n", stage.name, stage.name, stage.task,
                   placement_of(stage));
  for (const PlannedStage& stage : plan.stages)
    for (const StageWait& wait : stage.waits)
      fmt::format_to(std::back_inserter(out), "  \"{}\" -> \"{}\" [label=\"{}\"{}];\n", plan.stages[wait.on].name,
                     stage.name, label_of(stage, wait),
                     wait.streams                        ? ", style=bold"
                     : is_order(wait)                    ? ", style=dotted"
                     : wait.why == StageWait::Why::reads ? ", style=dashed"
                                                         : "");
  out += "}\n";
}

void append_graph_mermaid(std::string& out, const Plan& plan) {
  out += "flowchart LR\n";
  for (std::size_t i = 0; i < plan.stages.size();
       ++i) {  // a stage may have the name of a word of mermaid, such as 'end'
    const PlannedStage& stage = plan.stages[i];
    fmt::format_to(std::back_inserter(out), "  s{}[\"{}<br/>{}<br/>{}\"]\n", i, stage.name, stage.task,
                   placement_of(stage));
  }
  for (std::size_t i = 0; i < plan.stages.size(); ++i)
    for (const StageWait& wait : plan.stages[i].waits)
      fmt::format_to(std::back_inserter(out), "  s{} {}|{}| s{}\n", wait.on,
                     wait.streams     ? "==>"
                     : is_order(wait) ? "-.->"
                                      : "-->",
                     label_of(plan.stages[i], wait), i);
}

void append_graph_json(std::string& out, const Plan& plan) {
  fmt::format_to(std::back_inserter(out), "{{\"schema\": 1, \"ropewalk\": \"{}\", ", program_version());
  append_text_member(out, "workflow", plan.workflow);
  out += ", \"stages\": [";
  for (const PlannedStage& stage : plan.stages) {
    out += &stage == &plan.stages.front() ? "{" : ", {";
    append_text_member(out, "name", stage.name);
    append_text_member(out += ", ", "task", stage.task);
    append_text_member(out += ", ", "executor", stage.executor);
    fmt::format_to(std::back_inserter(out), ", \"workers\": {}, \"after\": \"{}\", \"if\": {}}}", stage.workers,
                   after_name(stage.after), stage.condition != nullptr);
  }
  out += "], \"edges\": [";
  bool first = true;
  for (const PlannedStage& stage : plan.stages)
    for (const StageWait& wait : stage.waits) {
      append_text_member(out += first ? "{" : ", {", "from", plan.stages[wait.on].name);
      append_text_member(out += ", ", "to", stage.name);
      fmt::format_to(std::back_inserter(out), ", \"kind\": \"{}\", \"streams\": {}}}", kind_of(wait.why), wait.streams);
      first = false;
    }
  out += "]}\n";
}

}  // namespace ropewalk::cli
