#include "planner/stage_waits.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "choices/choices.hpp"
#include "expressions/binding.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace ropewalk {
namespace {

After after_of(const StageForm& form, const ResolveContext& names) {
  if (!form.after) return form.finally ? After::any : After::success;
  const auto text = Binding::known(*form.after, {Type::text, Type::any}, "'after'", names);
  if (!text) return After::success;
  if (const auto after = find_word(after_words(), *text->as_text())) return *after;
  const std::vector<std::string> words = names_of(after_words());
  names.diagnostics.add(codes::kNotAChoice, place_of(names.source(), *form.after),
                        fmt::format("'after' is one of {}, not '{}'{}", fmt::join(words, ", "),
                                    escape_for_display(*text->as_text()), did_you_mean(*text->as_text(), words)));
  return After::success;
}

}  // namespace

void set_waits(const StageForm& form, const std::vector<StageGraph::Wait>& waits, const ResolveContext& names,
               PlannedStage& stage) {
  stage.after = after_of(form, names);
  // A failure is known at the end of a stage, so `after: failure` waits for it even if the stage streams from it. So
  // does a stage with `finally`, which begins when the others have ended.
  for (const StageGraph::Wait& wait : waits)
    stage.waits.push_back({wait.on, wait.why, !wait.whole && !stage.finally && stage.after != After::failure});
  std::sort(stage.waits.begin(), stage.waits.end(), [](const StageWait& a, const StageWait& b) { return a.on < b.on; });
  for (const StageWait& wait : stage.waits)
    if (!wait.streams) stage.needs.push_back(wait.on);
  if (stage.after == After::failure && stage.needs.empty())
    names.diagnostics.add(codes::kNothingToWaitFor, place_of(names.source(), *form.after),
                          fmt::format("stage '{}' runs after a failure, but it waits for no other stage", stage.name),
                          {"name the stages that may fail under 'needs'"});
}

}  // namespace ropewalk
