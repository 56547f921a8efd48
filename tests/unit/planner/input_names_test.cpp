// Messages name an input as the program that embeds the engine does; the library itself knows no command line.

#include "support/fake_plugins.hpp"

#include "plugin_files/search.hpp"

#include <ropewalk/plan.hpp>
#include <ropewalk/workflow.hpp>

#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kWorkflow = R"(ropewalk: 1
params: {width: {type: int}, key: {type: text, secret: true}, a-b: 1, a_b: 2}
stages:
  - {name: small, task: image.resize, with: {input: a, output: b}}
  - {name: busy, task: sim.noop, limits: {cpu_time: 3s}}
)";

/// Messages and notes.
std::vector<std::string> said(std::string_view text, PlanOptions options) {
  const auto workflow = parse_workflow(text, "test.yaml");
  test::FakePlugins plugins;
  options.cores = 4;
  const auto plan = make_plan(*workflow, plugins, options);
  std::vector<std::string> lines;
  const auto add = [&](const Error& error) {
    lines.push_back(error.message);
    lines.insert(lines.end(), error.notes.begin(), error.notes.end());
  };
  const Errors errors = plan ? Errors() : plan.error();
  for (const Error& error : errors.list) add(error);
  if (plan)
    for (const Error& warning : plan->warnings) add(warning);
  return lines;
}

PlanOptions mistakes() {
  return {.set = {"width", "widht=3"},
          .set_files = {{"width", "wide"}},
          .environment = {{"ROPEWALK_PARAM_A_B", "1"}},
          .executors = {{"", "thread"}, {"", "theads"}, {"smal", "serial"}}};
}

TEST(InputNames, AreInEachMessageThatNamesAnInput) {
  PlanOptions options = mistakes();
  options.inputs = {.set = "GIVE", .set_file = "GIVE-FILE", .executor = "RUN-ON", .stage = "ONLY"};
  const std::string all = testing::PrintToString(said(kWorkflow, options));
  for (const char* text :
       {"GIVE width: there is no value", "write GIVE NAME=VALUE", "GIVE widht: the workflow has no param of that name",
        "give it with GIVE-FILE key=FILE or in ROPEWALK_PARAM_KEY; other users can see what GIVE gives",
        "give them with GIVE or GIVE-FILE", "RUN-ON theads: there is no executor",
        "RUN-ON smal=serial: there is no stage", "RUN-ON thread: stage 'small': task 'image.resize' is not thread-safe",
        "with RUN-ON busy=process"})
    EXPECT_THAT(all, HasSubstr(text));
  EXPECT_THAT(all, Not(HasSubstr("PlanOptions")));
  options = {.stages = {"cc"}, .inputs = options.inputs};
  EXPECT_THAT(said(kWorkflow, options), testing::Contains(HasSubstr("ONLY cc: there is no stage 'cc'")));
}

TEST(InputNames, AreThoseOfTheLibraryByDefault) {
  const std::string all = testing::PrintToString(said(kWorkflow, mistakes()));
  EXPECT_THAT(all, HasSubstr("PlanOptions::set width: there is no value"));
  EXPECT_THAT(all, HasSubstr("PlanOptions::executors theads: there is no executor"));
  EXPECT_THAT(all, Not(HasSubstr("--")));
}

TEST(InputNames, OfFoldersOfPlugins) {
  const auto notes = [](const InputNames& inputs) { return untrusted_folder("/a b/thing.so", inputs).notes; };
  EXPECT_THAT(notes({}), ElementsAre("EngineOptions::trusts decides whose plugins may run"));
  EXPECT_THAT(notes({.trust = "program trust", .trust_once = "add -t"}),
              ElementsAre("to let its plugins run, now and later: program trust '/a b'",
                          "for this command only, as in CI: add -t"));
  const auto found = PluginFolders({}, "/nowhere/plugins", {}, "-p DIR").find("thing");
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().list.front().notes, testing::Contains(HasSubstr("add a folder with -p DIR, ")));
}

}  // namespace
}  // namespace ropewalk
