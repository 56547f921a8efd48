// Parses any bytes as a workflow: the result is a plan or diagnostics, each with a place in the text and without
// control characters. A workflow without diagnostics is the same as a spec, and as the text of that spec.

#include "fuzz/input.hpp"
#include "expressions/budget.hpp"
#include "support/fake_plugins.hpp"

#include <ropewalk/plan.hpp>
#include <ropewalk/workflow.hpp>
#include <ropewalk/workflow_spec.hpp>

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

/// Sorted, because their places differ. A spec has one word for nothing, so messages may differ in that.
std::string codes_of(const Errors& errors) {
  std::vector<std::string> codes;
  for (const Error& error : errors.list) codes.push_back(error.code + " ");
  std::sort(codes.begin(), codes.end());
  std::string all;
  for (const std::string& code : codes) all += code;
  return all;
}

void check_spec(const Workflow& workflow) {
  const auto spec = spec_of(workflow);
  fuzz::require(spec.has_value() == workflow.diagnostics.empty(), "a workflow of good form is a spec");
  if (!spec) return;
  const std::string text = to_yaml(*spec);
  const auto again = parse_workflow(text, "fuzz.yaml");
  // Quotes and a line for each key can make a text longer than a workflow may be.
  if (!again && again.error().list.front().code == "W103") return;
  fuzz::require(again && again->diagnostics.empty(), "a spec is printed in good form: " + text);
  const auto twice = spec_of(*again);
  fuzz::require(twice && *twice == *spec, "a spec comes back from its text: " + text);
  test::FakePlugins plugins;
  const auto wanted = make_plan(workflow, plugins, {.cores = 2}), made = make_plan(*again, plugins, {.cores = 2});
  // The budget of a plan grows with its text.
  const std::string found =
      (wanted ? std::string() : codes_of(wanted.error())) + (made ? std::string() : codes_of(made.error()));
  if (found.find("W308") != found.npos) return;
  fuzz::require(wanted.has_value() == made.has_value(), "the text of a spec can be planned as well: " + text);
  if (!wanted)
    fuzz::require(wanted.error().list.size() >= 20 || codes_of(wanted.error()) == codes_of(made.error()),
                  "the mistakes are the same: " + text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const Result<Workflow> workflow = parse_workflow(text, "fuzz.yaml");
  if (!workflow) {
    check(workflow.error().list, text);
    return 0;
  }
  check_spec(*workflow);
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
