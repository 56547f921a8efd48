#pragma once
// A plan as text, so that plans of the same workflow from different sources can be compared as a whole.

#include "plan/outputs.hpp"

#include <ropewalk/plan.hpp>

#include <fmt/format.h>

#include <iterator>
#include <string>

namespace ropewalk::test {

/// All but places, files and the text of the workflow. Of `foreach`, `retries` and `limits` what they mean: one meaning
/// may be written in several ways.
inline std::string plan_text(const Plan& plan) {
  std::string out = fmt::format("{} {} params {} secret {}\n", plan.workflow, plan.jobs, to_json(Value(plan.params)),
                                fmt::join(plan.secret_params, " "));
  for (const PlannedStage& stage : plan.stages) {
    const auto to = std::back_inserter(out);
    fmt::format_to(to, "{} {} {} workers {}/{} cores {} on_error {} timeout {} drift {} after {} inputs {}\n",
                   stage.name, stage.task, stage.executor, stage.workers, stage.per_host, stage.cores,
                   static_cast<int>(stage.on_error), stage.timeout_ns, static_cast<int>(stage.drift),
                   static_cast<int>(stage.after), static_cast<int>(stage.inputs));
    const Retries& retries = stage.retries;
    fmt::format_to(to, "  exit {} unless {} {}\n", retries.when_exit.to_string(), retries.unless,
                   retries.unless_exit.to_string());
    fmt::format_to(to, "  retries {} {} {} {} {} {} {}\n", retries.max, retries.max_given, retries.delay_ns,
                   retries.backoff, retries.max_delay_ns, retries.jitter, retries.when);
    const auto shown = [](const auto& limit) { return limit ? fmt::format("{}", *limit) : std::string("-"); };
    fmt::format_to(to, "  limits {} {} {} {}\n", shown(stage.limits.memory_bytes), shown(stage.limits.cpu_time_ns),
                   shown(stage.limits.file_bytes), shown(stage.limits.output_bytes));
    if (stage.finally) out += "  finally\n";
    fmt::format_to(to, "  stop after {} {}%\n", stage.stop_after.tasks, stage.stop_after.percent);
    fmt::format_to(to, "  deadline {} of {}\n", stage.deadline_ns, plan.deadline_ns);
    for (const auto& [name, value] : stage.env) fmt::format_to(to, "  env {}={}\n", name, to_json(Value(value)));
    for (const StageWait& wait : stage.waits)
      fmt::format_to(to, "  waits {} {} {}\n", wait.on, static_cast<int>(wait.why), wait.streams);
    fmt::format_to(to, "  streams {} baseline {} used {} items {} condition {} {} files {} secrets {}\n",
                   stage.streams_from.value_or(999), stage.baseline.value_or(999), stage.results_used,
                   fmt::join(stage.items_read, ","), stage.condition != nullptr, fmt::join(stage.condition_reads, ","),
                   stage.files != nullptr, stage.uses_secrets);
    if (stage.outputs)
      for (const Field& field : stage.outputs->fields())
        fmt::format_to(to, "  output {} {}\n", field.name, type_name(field.type));
    for (const auto& [key, text] : stage.definition.keys)
      if (key != "foreach" && key != "retries" && key != "limits") fmt::format_to(to, "  {}: {}\n", key, text);
    fmt::format_to(to, "  reads {}\n", fmt::join(stage.definition.params, " "));
  }
  for (const Error& warning : plan.warnings)
    fmt::format_to(std::back_inserter(out), "{} {}\n", warning.code, warning.message);
  return out;
}

}  // namespace ropewalk::test
