#include "report/choice_text.hpp"

#include "base/text.hpp"
#include "events/choice_keys.hpp"
#include "report/json_object.hpp"
#include "report/numbers.hpp"
#include "report/stage_lines.hpp"

#include <fmt/format.h>

namespace ropewalk {
namespace {

std::string evidence_text(const ModeEvidence& mode) {
  const auto attempts = static_cast<double>(mode.attempts);
  const double share = mode.run_s > 0 ? std::min(mode.cpu_s / mode.run_s, 1.0) : 0;
  return fmt::format("{} of {} on average, {:.0f}% of it CPU time; {} ended {} process; {} bytes each",
                     counted(mode.attempts, "task"), duration_text(mode.run_s / attempts), 100 * share,
                     grouped(mode.died), mode.died == 1 ? "its" : "their", grouped(mode.bytes / mode.attempts));
}

struct ChoiceJson {
  explicit ChoiceJson(std::string& out) : out(out), object(out) {}
  void operator()(std::string_view key, const std::string& value) { object.text(key, value); }
  void operator()(std::string_view key, std::uint32_t value) { object.count(key, value); }
  void operator()(std::string_view key, std::uint64_t value) { object.count(key, value); }
  void operator()(std::string_view key, double value) { object.number(key, value); }
  void operator()(std::string_view key, bool value) { object.truth(key, value); }
  void operator()(std::string_view key, const std::vector<ModeEvidence>& modes) {
    object.list(key, modes, [this](const ModeEvidence& mode) { visit_mode(mode, ChoiceJson(out)); });
  }

  std::string& out;
  JsonObject object;
};

}  // namespace

void append_choice(std::string& out, const StageResult& stage) {
  if (!stage.choice) return;
  const AutoChoice& choice = *stage.choice;
  fmt::format_to(std::back_inserter(out), "auto: stage '{}' chose {}: {}\n", stage.name,
                 executor_text(escape_for_display(choice.executor), choice.workers), escape_for_display(choice.why));
  for (const ModeEvidence& mode : choice.modes)
    if (mode.attempts != 0)
      fmt::format_to(std::back_inserter(out), "  {}: {}\n",
                     executor_text(escape_for_display(mode.executor), mode.workers), evidence_text(mode));
}

void append_choice_json(std::string& out, const AutoChoice& choice) { visit_choice(choice, ChoiceJson(out)); }

std::string executor_text(std::string_view executor, std::uint32_t workers, const AutoChoice* choice) {
  return choice == nullptr ? executor_text(executor, workers)
                           : fmt::format("{}: {}", executor, executor_text(choice->executor, choice->workers));
}

}  // namespace ropewalk
