// Plans of specs: the same as those of the YAML that says the same, and the same messages.

#include "support/plan_text.hpp"
#include "support/plans.hpp"
#include "support/whole_spec.hpp"

#include <ropewalk/workflow_spec.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <memory>
#include <random>
#include <regex>
#include <set>

namespace ropewalk::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Result<Plan> plan_of_workflow(const Result<Workflow>& workflow) {
  if (!workflow) return workflow.error();
  FakePlugins plugins;
  return make_plan(*workflow, plugins, {.cores = 4, .inputs = kFlags});
}
Result<Plan> plan_of_spec(const WorkflowSpec& spec) { return plan_of_workflow(make_workflow(spec)); }

/// "code message", sorted, since the places differ. A spec has one word for nothing, where YAML has several.
std::vector<std::string> messages(const Result<Plan>& plan) {
  std::vector<std::string> lines;
  const Errors errors = plan ? Errors(plan->warnings) : plan.error();
  for (const Error& error : errors.list)
    lines.push_back(
        error.code + " " +
        std::regex_replace(error.message, std::regex(" (has no value|is '[^']*', which is no value)"), " is nothing"));
  std::sort(lines.begin(), lines.end());
  return lines;
}

/// "part: code message"
std::vector<std::string> parts(const Result<Plan>& plan) {
  std::vector<std::string> lines;
  const Errors errors = plan ? Errors(plan->warnings) : plan.error();
  for (const Error& error : errors.list) lines.push_back(error.place.part + ": " + error.code + " " + error.message);
  return lines;
}

/// Whether a workflow that can be read is the same as a spec and as the text of that spec. Returns false if it has no
/// spec.
bool expect_same_three_ways(const std::filesystem::path& file) {
  const auto read = load_workflow(file);
  if (!read || !read->diagnostics.empty()) return false;
  auto spec = spec_of(*read);
  EXPECT_TRUE(spec) << file;
  const auto printed = to_yaml(*spec);
  const auto wanted = plan_of_workflow(read), made = plan_of_spec(*spec),
             again = plan_of_workflow(parse_workflow(printed, file.string()));
  EXPECT_EQ(wanted.has_value(), made.has_value()) << file << "\n" << printed;
  EXPECT_EQ(messages(made), messages(wanted)) << file << "\n" << printed;
  EXPECT_EQ(messages(again), messages(wanted)) << file << "\n" << printed;
  const Errors found = made ? Errors(made->warnings) : made.error();
  for (const Error& error : found.list) {
    const bool placed = !error.place.file.empty() || !error.place.part.empty() || error.code.starts_with('C');
    EXPECT_TRUE(placed) << file << ": no place: " << error.message;
  }
  if (wanted && made && again) {
    EXPECT_EQ(plan_text(*made), plan_text(*wanted)) << file << "\n" << printed;
    EXPECT_EQ(plan_text(*again), plan_text(*wanted)) << file << "\n" << printed;
    for (std::size_t i = 0; i < wanted->stages.size(); ++i) {
      if (wanted->stages[i].streams_from || !wanted->stages[i].items->fans_out() ||
          !wanted->stages[i].items->stream({.params = wanted->params}).empty())
        continue;
      EXPECT_EQ(items_of(*made, i), items_of(*wanted, i)) << file;
      EXPECT_EQ(items_of(*again, i), items_of(*wanted, i)) << file;
    }
  }
  const auto twice = spec_of(*parse_workflow(printed, file.string()));
  EXPECT_TRUE(twice && *twice == *spec) << file << "\n" << printed;
  return true;
}

TEST(SpecPlan, EveryWorkflowOfTheTreeIsTheSameAsASpec) {
  std::size_t same = 0;
  for (const char* folder : {"workflows", "tests/fuzz/corpus/workflow", "tests/integration/diagnostics"})
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(ROPEWALK_SOURCE) / folder))
      same += expect_same_three_ways(entry.path());
  EXPECT_GT(same, 60u);
}

TEST(SpecPlan, EveryWorkflowOfTheReferenceIsTheSameAsASpec) {
  std::ifstream in(std::filesystem::path(ROPEWALK_SOURCE) / "docs/workflow-language.md");
  const std::string page(std::istreambuf_iterator<char>(in), {});
  const std::string file = testing::TempDir() + "spec_plan_example.yaml";
  std::size_t same = 0;
  for (std::size_t at = page.find("```yaml\n"); at != page.npos; at = page.find("```yaml\n", at + 1)) {
    std::ofstream(file) << page.substr(at + 8, page.find("```", at + 8) - at - 8);
    same += expect_same_three_ways(file);
  }
  std::filesystem::remove(file);
  EXPECT_GE(same, 5u);
}

TEST(SpecPlan, OfEveryKeyIsThatOfTheYaml) {
  WorkflowSpec spec = whole_spec();
  spec.include = {};
  spec.plugins = {};
  spec.defaults.with = {};
  spec.params[3].default_value = 5;
  for (StageSpec& stage : spec.stages) stage.with = {{"value", "x"}}, stage.task = "sim.echo", stage.python = {};
  const auto made = plan_of_spec(spec), read = plan_of(to_yaml(spec));
  EXPECT_EQ(messages(made), messages(read));
  ASSERT_TRUE(made && read) << testing::PrintToString(parts(made));
  EXPECT_EQ(plan_text(*made), plan_text(*read));
  const PlannedStage& grid = made->stages[1];
  EXPECT_EQ(grid.timeout_ns, 30'000'000'000);
  EXPECT_EQ(grid.retries.max, 2u);
  EXPECT_EQ(grid.retries.delay_ns, 1'000'000'000);
  EXPECT_EQ(grid.limits.memory_bytes, 1u << 30);
  EXPECT_EQ(grid.limits.file_bytes, 1'000'000u);
  EXPECT_EQ(grid.workers, 2u);
  EXPECT_EQ(grid.on_error, OnError::ignore);
  EXPECT_EQ(grid.env.at("LANG"), "C");
  EXPECT_EQ(items_of(*made, 1).size(), 4u);
  EXPECT_EQ(made->stages[2].retries.max, 1u) << "of the defaults";
  EXPECT_EQ(made->stages[13].retries.max, 3u) << "retries: {}";
  EXPECT_FALSE(made->stages[13].limits.memory_bytes) << "limits: {}";
  EXPECT_THAT(made->stages[13].waits, IsEmpty()) << "needs: []";
}

TEST(SpecPlan, HasItsTextAsItsSource) {
  const WorkflowSpec spec{.name = "a", .stages = {{.name = "s", .task = "sim.noop"}}, .file = "dir/a.yaml"};
  const auto plan = plan_of_spec(spec);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->file, "-") << "a resume must not read the file";
  ASSERT_EQ(plan->sources.size(), 1u);
  EXPECT_EQ(plan->sources[0].file, "-");
  EXPECT_EQ(plan->sources[0].text, to_yaml(spec));
  EXPECT_EQ(plan->stages[0].place.part, "stage 's', 'name'");
  EXPECT_EQ(plan->stages[0].place.line, 0);
}

TEST(SpecPlan, ReadsTheNamesOfItsFile) {
  WorkflowSpec spec{.stages = {{.name = "s",
                                .task = "sim.echo",
                                .with = {{"value", "${{ workflow.dir }} ${{ workflow.file }} ${{ workflow.name }}"}}}},
                    .file = "some/dir/a.yaml"};
  EXPECT_THAT(parameters_of(plan_of_spec(spec).value(), 0), ElementsAre("0=text \"some/dir some/dir/a.yaml a\""));
  spec.file.clear();
  EXPECT_THAT(parameters_of(plan_of_spec(spec).value(), 0), ElementsAre("0=text \".  workflow\""));
}

TEST(SpecPlan, KeepsConstantsApartFromExpressions) {
  const auto value = [](SpecValue value) {
    const auto plan =
        plan_of_spec({.params = {{.name = "n", .default_value = 3}},
                      .stages = {{.name = "s", .task = "sim.echo", .with = {{"value", std::move(value)}}}}});
    return plan ? parameters_of(*plan, 0) : parts(plan);
  };
  EXPECT_THAT(value("${{ params.n }}"), ElementsAre("0=int 3"));
  EXPECT_THAT(value(SpecValue::expression("params.n + 1")), ElementsAre("0=int 4"));
  EXPECT_THAT(value(Value("${{ params.n }}")), ElementsAre("0=text \"${{ params.n }}\""));
  EXPECT_THAT(value(Value("$${{ $$${{ ${{")), ElementsAre("0=text \"$${{ $$${{ ${{\""));
  EXPECT_THAT(value(std::filesystem::path("${{ x")), ElementsAre("0=text \"${{ x\""));
  EXPECT_THAT(value("7"), ElementsAre("0=text \"7\""));
  EXPECT_THAT(value(7), ElementsAre("0=int 7"));
  EXPECT_THAT(value(7.0), ElementsAre("0=float 7.0"));
  EXPECT_THAT(value(-0.0), ElementsAre("0=float -0.0"));
  EXPECT_THAT(value(5e-324), ElementsAre("0=float 5e-324"));
  EXPECT_THAT(value(false), ElementsAre("0=bool false"));
  EXPECT_THAT(value("true"), ElementsAre("0=text \"true\""));
  EXPECT_THAT(value(Value(Bytes{"\xff"})), ElementsAre("0=bytes {\"base64\": \"/w==\"}"));
  EXPECT_THAT(value(Value(Bytes{"abc"})), ElementsAre("0=bytes {\"base64\": \"YWJj\"}"));
  EXPECT_THAT(value(Value(List{1, "a", Map{{"k", 2.5}}})), ElementsAre("0=list [1, \"a\", {\"k\": 2.5}]"));
  EXPECT_THAT(value(Value(std::make_shared<const SharedList>(5, 3))), ElementsAre("0=list [5, 6, 7]"));
  EXPECT_THAT(value(Value()), ElementsAre(HasSubstr("stage 's', parameter 'value': W209 ")));
  EXPECT_THAT(value(SpecValue::plain("010")), ElementsAre(HasSubstr("W204 ")));
  EXPECT_THAT(value(std::numeric_limits<std::uint64_t>::max()), ElementsAre(HasSubstr("W204 ")));
}

TEST(SpecPlan, PlacesOfItsDiagnosticsNameStageAndParameter) {
  const auto plan = plan_of_spec({.name = "p",
                                  .stages = {{.name = "hash",
                                              .task = "file.checksum",
                                              .workers = 0,
                                              .foreach = {.list = SpecList{"a"}},
                                              .with = {{"pth", "x"}, {"path", "${{ itm }}"}, {"algorithm", "md6"}}},
                                             {.name = "two", .task = "file.chksum", .timeout = 0, .needs = {"hsh"}},
                                             {.name = "loop", .task = "sim.noop", .needs = {"loop"}}}});
  EXPECT_THAT(
      parts(plan),
      ElementsAre(HasSubstr("stage 'hash', 'workers': W205 "), HasSubstr("stage 'hash', parameter 'pth': W202 "),
                  HasSubstr("stage 'hash', parameter 'path': W302 "),
                  HasSubstr("stage 'hash', parameter 'algorithm': W206 "), HasSubstr("stage 'two', 'task': W201 "),
                  HasSubstr("stage 'two', 'timeout': W204 "), HasSubstr("stage 'two', 'needs': W304 "),
                  HasSubstr("stage 'loop', 'needs': W230 ")));
  const Errors errors = plan.error();
  const Place& place = errors.list[2].place;
  EXPECT_EQ(place.source, "      path: \"${{ itm }}\"");
  EXPECT_EQ(place.source.substr(static_cast<std::size_t>(place.column - 1), static_cast<std::size_t>(place.length)),
            "itm");
  EXPECT_EQ(place.line, 0);
}

TEST(SpecPlan, HidesSecretsInPlaces) {
  const auto plan = plan_of_spec(
      {.params = {{.name = "token", .type = Type::text, .default_value = "0123456789abcdef", .secret = true}},
       .stages = {{.name = "s", .task = "sim.echo", .with = {{"0123456789abcdef", 1}, {"value", 1}}}}});
  ASSERT_FALSE(plan);
  EXPECT_THAT(parts(plan), ElementsAre(HasSubstr("stage 's', parameter '***': W202 ")));
}

/// Specs of anything that a program may put into one. Those of even seeds have no mistake.
class AnySpec {
 public:
  explicit AnySpec(unsigned seed) : tame_(seed % 2 == 0), random_(seed) {}

  WorkflowSpec spec() {
    if (tame_) {
      WorkflowSpec spec{.vars = {{"a", value()}}, .env = {{"A", "b"}}};
      for (std::size_t i = 0; i <= number(4); ++i) spec.stages.push_back(tame_stage("s" + std::to_string(i)));
      return spec;
    }
    WorkflowSpec spec{.name = text(), .description = text()};
    if (one_in(4)) spec.requirements = {.ropewalk = one_in(2) ? ">=0.1" : text()};
    for (std::size_t i = number(3); i-- > 0;)
      spec.params.push_back(
          {.name = name(), .default_value = value(), .min = maybe(), .help = text(), .secret = one_in(4)});
    if (one_in(3)) spec.vars = map();
    if (one_in(3)) spec.env = map();
    if (one_in(3)) spec.defaults = {.executor = maybe(), .workers = maybe(), .with = map(), .timeout = maybe()};
    for (std::size_t i = number(4); i-- > 0;) spec.stages.push_back(stage());
    return spec;
  }

 private:
  std::size_t number(std::size_t end) { return random_() % end; }
  bool one_in(std::size_t count) { return number(count) == 0; }
  template <class T, std::size_t kSize>
  const T& pick(const T (&all)[kSize]) {
    return all[number(kSize)];
  }

  std::string name() {
    static const std::string kNames[] = {"a", "b", "c", "value", "path", "seconds", "PATH"};
    return one_in(10) ? text() : pick(kNames);
  }
  std::string text() {
    static const std::string kTexts[] = {"",        "a",      "${{ item }}", "${{ params.a }}",
                                         "$${{ x",  "${{",    "\n",          "~",
                                         "yes",     "3.10",   ": #",         "- a",
                                         "[",       "\"",     "'",           "\t\\",
                                         "\x1b[m",  "\u202e", "30s",         "auto",
                                         "process", "stop",   "1GiB",        "a b"};
    return pick(kTexts);
  }
  SpecValue maybe() { return one_in(2) ? SpecValue() : value(); }
  SpecValue value(std::size_t depth = 0) {
    if (tame_ && one_in(2)) return Value(text());
    switch (const std::size_t kind = number(depth > 3 ? 8 : 10); tame_ && kind >= 3 && kind <= 7 ? 0 : kind) {
      case 0: return static_cast<std::int64_t>(number(5)) - 1;
      case 1: return 0.5 * static_cast<double>(number(5));
      case 2: return one_in(2);
      case 3: return Value();
      case 4: return SpecValue::plain(text());
      case 5: return Value(text());
      case 6: return std::chrono::milliseconds(number(3000));
      case 7: return text();
      case 8: {
        SpecList list = SpecList::none();
        for (std::size_t i = number(4); i-- > 0;) list.add(value(depth + 1));
        return list;
      }
      default: return map(depth + 1);
    }
  }
  SpecMap map(std::size_t depth = 0) {
    SpecMap map = one_in(4) ? SpecMap::none() : SpecMap();
    for (std::size_t i = number(3); i-- > 0;) map.add(tame_ ? "k" + std::to_string(i) : name(), value(depth));
    return map;
  }
  SpecList list() { return one_in(3) ? SpecList{value(), value()} : one_in(2) ? SpecList::none() : SpecList(); }
  ForeachSpec items() {
    switch (number(11)) {
      case 7: return {.blocks = {.file = maybe(), .size = maybe(), .lines = maybe(), .end = maybe()}};
      case 8: return {.zip = map(), .where = maybe()};
      case 9: return {.list = value(), .shuffle = maybe(), .batch = maybe()};
      case 0: return {.list = value()};
      case 1: return {.range = {.count = value()}};
      case 2: return {.range = {.from = maybe(), .to = maybe(), .step = maybe()}};
      case 3: return {.glob = value(), .exclude = maybe(), .in = maybe()};
      case 4: return {.lines = {.file = maybe(), .end = maybe()}};
      case 5: return {.matrix = map(), .exclude = maybe(), .include = list()};
      case 6: return {.results = name()};
      default: return {};
    }
  }
  StageSpec tame_stage(std::string name) {
    static const ForeachSpec kItems[] = {
        {}, {.range = {.count = 3}}, {.list = SpecList{"a", 1}}, {.matrix = {{"x", SpecList{1, 2}}}}};
    return {.name = std::move(name),
            .task = "sim.echo",
            .workers = one_in(2) ? SpecValue() : SpecValue(2),
            .foreach = pick(kItems),
            .with = {{"value", value()}},
            .outputs = one_in(2) ? SpecMap() : SpecMap{{"more", value()}},
            .retries = {.given = one_in(3)},
            .timeout = std::chrono::milliseconds(1 + number(3000))};
  }
  StageSpec stage() {
    static const std::string kTasks[] = {"sim.echo", "sim.noop", "file.checksum", "sim.sleep", "no.such", ""};
    return {.name = name(),
            .task = pick(kTasks),
            .executor = maybe(),
            .workers = maybe(),
            .foreach = items(),
            .with = map(),
            .outputs = one_in(4) ? map() : SpecMap(),
            .retries = {.max = maybe(), .delay = maybe(), .when = maybe(), .given = one_in(9)},
            .timeout = maybe(),
            .limits = {.memory = maybe(), .given = one_in(9)},
            .on_error = maybe(),
            .env = one_in(4) ? map() : SpecMap(),
            .vars = one_in(4) ? map() : SpecMap(),
            .reads = maybe(),
            .needs = one_in(3) ? SpecList{name()} : SpecList(),
            .condition = one_in(4) ? value() : SpecValue()};
  }

  const bool tame_;
  std::mt19937 random_;
};

/// The codes of its mistakes: messages name lines, and mistakes of two stages of one name are one.
std::set<std::string> codes(const Result<Plan>& plan) {
  std::set<std::string> codes;
  const Errors errors = plan ? Errors() : plan.error();
  for (const Error& error : errors.list) codes.insert(error.code);
  return codes;
}

TEST(SpecPlan, OfAnySpecIsThatOfItsTextOrHasTheSameMistakes) {
  std::size_t good = 0;
  for (unsigned seed = 1; seed <= 600; ++seed) {
    const WorkflowSpec spec = AnySpec(seed).spec();
    const std::string text = to_yaml(spec);
    const auto made = plan_of_spec(spec), read = plan_of_workflow(parse_workflow(text, "workflow.yaml"));
    const bool all = (made || made.error().list.size() < 20) && (read || read.error().list.size() < 20);
    if (all) {
      ASSERT_EQ(codes(made), codes(read)) << seed << "\n" << testing::PrintToString(parts(made)) << text;
    }
    for (const std::string& part : parts(made))
      ASSERT_TRUE(std::none_of(part.begin(), part.end(), [](char c) { return c >= 0 && c < 0x20; })) << part;
    good += made.has_value();
    if (made) {
      ASSERT_EQ(plan_text(*made), plan_text(*read)) << seed << "\n" << text;
    }
    const auto workflow = parse_workflow(text, "");
    const auto again = workflow ? spec_of(*workflow) : Result<WorkflowSpec>(workflow.error());
    if (again) {
      ASSERT_EQ(to_yaml(*again), text) << seed;
    }
  }
  EXPECT_GE(good, 300u) << "those of even seeds have no mistake";
}

TEST(SpecPlan, CyclesAreErrors) {
  EXPECT_THAT(parts(plan_of_spec({.stages = {{.name = "a", .task = "sim.noop", .needs = {"b"}},
                                             {.name = "b", .task = "sim.noop", .needs = {"a"}}}})),
              ElementsAre(HasSubstr(": W230 ")));
}

TEST(SpecPlan, IncludesFilesFromTheFolderOfItsFile) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "spec_plan_include";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "parts.yaml") << "ropewalk: 1\nstages: [{name: part, task: sim.noop}]\n";
  const auto plan = plan_of_spec({.include = {"parts.yaml"},
                                  .stages = {{.name = "own", .task = "sim.noop"}, {.name = "part", .task = "sim.noop"}},
                                  .file = folder / "spec.yaml"});
  EXPECT_THAT(parts(plan), ElementsAre("stage 'part', 'name': W211 two stages are named 'part', the first in " +
                                       (folder / "parts.yaml").string() + ":2"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace ropewalk::test
