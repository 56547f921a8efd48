// Parses any bytes as a workflow: the result is a plan or diagnostics, each with a place in the text and without
// control characters.

#include "fuzz/input.hpp"
#include "expressions/budget.hpp"
#include "support/fake_plugins.hpp"

#include <ropewalk/plan.hpp>
#include <ropewalk/workflow.hpp>

#include <algorithm>
#include <string>

namespace {

using namespace ropewalk;

bool is_plain(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

void check(const std::vector<Error>& diagnostics, std::string_view text) {
  const auto lines = static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 1;
  fuzz::require(!diagnostics.empty() && diagnostics.size() <= 20, "a refusal has 1 to 20 mistakes");
  for (const Error& diagnostic : diagnostics) {
    fuzz::require(diagnostic.code.size() == 4, "a mistake has a code");
    fuzz::require(!diagnostic.message.empty() && is_plain(diagnostic.message),
                  "a diagnostic has only plain characters: " + diagnostic.message);
    for (const std::string& note : diagnostic.notes)
      fuzz::require(is_plain(note), "a note has only plain characters: " + note);
    fuzz::require(diagnostic.place.line <= lines, "a mistake lies in the text");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const Result<Workflow> workflow = parse_workflow(text, "fuzz.yaml");
  if (!workflow) {
    check(workflow.error().list, text);
    return 0;
  }
  test::FakePlugins plugins;
  const Result<Plan> plan = make_plan(*workflow, plugins, {.cores = 2});
  if (!plan) return check(plan.error().list, text), 0;
  // a param is at most one value per byte
  const std::uint64_t input = 4 * (text.size() * (1 + sizeof(Value)) + 1024 * plan->stages.size());
  fuzz::require(plan->steps <= Budget::kPlanSteps + input && plan->bytes <= Budget::kPlanBytes + input,
                "what is evaluated before the run is bounded");
  fuzz::require(workflow->diagnostics.empty() && !plan->stages.empty(), "a plan comes of a workflow without mistakes");
  return 0;
}
