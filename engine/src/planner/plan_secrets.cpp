#include "planner/plan_secrets.hpp"

#include "plan/parameters.hpp"
#include "plan/scope.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/redaction.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ropewalk {
namespace {

/// Whether a secret is too short to be hidden everywhere.
bool is_hidden_badly(const Value& secret) {
  const std::string* text = secret.as_string();
  const std::string shown = text ? *text : secret.as_int() || secret.as_float() ? to_json(secret) : "";
  return !shown.empty() && shown.size() < Redaction::kShortest;
}

}  // namespace

void hide_secret_params(const Document& document, const Map& values, const std::filesystem::path& file,
                        Diagnostics& diagnostics, Plan& plan) {
  for (const ParamForm& form : *document.params) {
    const auto value = values.find(form.key->text);
    if (!form.field.secret || value == values.end()) continue;
    plan.secret_params.insert(form.key->text);
    diagnostics.secrets().add(value->second);
    if (!is_hidden_badly(value->second)) continue;
    Place place{.file = file.string()};
    if (document.source.is_spec()) place = {.part = fmt::format("param '{}'", form.key->text)};
    plan.warnings.push_back(
        {codes::kShortSecret,
         fmt::format("the secret param '{}' is shorter than {} bytes: it is hidden only where it stands "
                     "alone, not inside a longer word",
                     form.key->text, Redaction::kShortest),
         std::move(place),
         {}});
  }
}

void hide_secret_parameters(const Plan& plan, Diagnostics& diagnostics) {
  for (const PlannedStage& stage : plan.stages) {
    const std::vector<Field>& fields = stage.type().params;
    if (std::none_of(fields.begin(), fields.end(), [](const Field& field) { return field.secret; })) continue;
    const auto known = stage.parameters->known({.params = plan.params});
    for (std::size_t i = 0; known && i < fields.size(); ++i)
      if (fields[i].secret && (*known)[i].value) diagnostics.secrets().add(*(*known)[i].value);
  }
}

void mark_secret_stages(Plan& plan) {
  for (PlannedStage& stage : plan.stages) {
    const std::vector<Field>& fields = stage.type().params;
    stage.uses_secrets =
        std::erase_if(stage.definition.params,
                      [&](const std::string& name) { return plan.secret_params.contains(name); }) != 0 ||
        std::any_of(fields.begin(), fields.end(), [](const Field& field) { return field.secret; });
  }
  // What one stage reads of another may stand later in the file.
  for (bool more = true; more;) {
    more = false;
    for (PlannedStage& stage : plan.stages) {
      const auto reads_secret = [&](const StageWait& wait) {
        const bool reads = wait.why == StageWait::Why::items || wait.why == StageWait::Why::reads;
        return reads && plan.stages[wait.on].uses_secrets;
      };
      if (stage.uses_secrets || std::none_of(stage.waits.begin(), stage.waits.end(), reads_secret)) continue;
      stage.uses_secrets = more = true;
    }
  }
}

}  // namespace ropewalk
