// timeout, retries and limits: what they come to, and every diagnostic in them.

#include "plan/attempt_values.hpp"
#include "support/plans.hpp"

#include <gmock/gmock.h>

#include <bitset>

namespace ropewalk {
namespace {

using test::diagnostics_of;
using test::plan_of;
using testing::ElementsAre;

std::string one_stage(const std::string& keys, const std::string& head = "") {
  return "ropewalk: 1\n" + head + "stages:\n  - {name: a, task: sim.noop, " + keys + "}\n";
}

/// " unless 10000 75 111": a digit for each RetryKind, then exit codes; empty: there is none.
std::string text_of(const std::string& what, std::uint32_t kinds, const std::bitset<256>& codes) {
  if (kinds == 0 && codes.none()) return {};
  std::string text = what;
  for (std::size_t kind = 0; kinds != 0 && kind < kRetryKinds; ++kind)
    text += fmt::format("{}{}", kind == 0 ? " " : "", kinds >> kind & 1);
  for (std::size_t code = 0; code < codes.size(); ++code)
    if (codes[code]) text += fmt::format(" {}", code);
  return text;
}
/// "3x after 0 times 2 up to 60000000000 jitter 0 when 11111": nanoseconds, and a digit for each RetryKind; "3x?" where
/// nobody gave the number.
std::string text_of(const Retries& retries) {
  std::string when;
  for (std::size_t kind = 0; kind < kRetryKinds; ++kind) when += (retries.when >> kind & 1) != 0 ? '1' : '0';
  return fmt::format("{}x{} after {} times {} up to {} jitter {} when {}", retries.max, retries.max_given ? "" : "?",
                     retries.delay_ns, retries.backoff, retries.max_delay_ns, retries.jitter, when) +
         text_of(" exit", 0, retries.when_exit) + text_of(" unless", retries.unless, retries.unless_exit);
}
std::string text_of(const Limits& limits) {
  std::string text;
  if (limits.memory_bytes) text += fmt::format("memory {} ", *limits.memory_bytes);
  if (limits.cpu_time_ns) text += fmt::format("cpu_time {} ", *limits.cpu_time_ns);
  if (limits.file_bytes) text += fmt::format("files {} ", *limits.file_bytes);
  if (limits.output_bytes) text += fmt::format("output {} ", *limits.output_bytes);
  return text;
}
std::vector<std::string> problems(const Result<Plan>& plan) {
  const Errors errors = plan.error();
  std::vector<std::string> lines;
  for (const Error& error : errors.list) lines.push_back(error.message);
  return lines;
}

/// Of the only stage; or the diagnostics.
std::string deadlines(const std::string& stage, const std::string& head = "", const PlanOptions& options = {}) {
  const auto plan = plan_of(one_stage(stage, head), options);
  return plan ? fmt::format("{} of {}", plan->stages[0].deadline_ns, plan->deadline_ns)
              : fmt::format("{}", fmt::join(problems(plan), "\n"));
}
std::string timeout(const std::string& value, const std::string& head = "") {
  const auto plan = plan_of(one_stage("timeout: " + value, head));
  return plan ? fmt::format("{}", plan->stages[0].timeout_ns) : fmt::format("{}", fmt::join(problems(plan), "\n"));
}
std::string retries(const std::string& value, const std::string& head = "") {
  const auto plan = plan_of(one_stage("retries: " + value, head));
  return plan ? text_of(plan->stages[0].retries) : fmt::format("{}", fmt::join(problems(plan), "\n"));
}
std::string limits(const std::string& value, const std::string& head = "") {
  const auto plan = plan_of(one_stage("limits: " + value, head));
  return plan ? text_of(plan->stages[0].limits) : fmt::format("{}", fmt::join(problems(plan), "\n"));
}

TEST(AttemptRules, WithoutThemAnAttemptIsFreeAndTheOnlyOne) {
  const auto plan = plan_of("ropewalk: 1\nstages:\n  - {name: a, task: sim.noop}\n");
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->stages[0].timeout_ns, 0);
  EXPECT_EQ(text_of(plan->stages[0].retries), "0x? after 0 times 2 up to 60000000000 jitter 0 when 11111");
  EXPECT_EQ(plan->stages[0].limits, Limits{});
}

TEST(AttemptRules, RetriesMayDependOnExitCodes) {
  const std::string head = "3x? after 0 times 2 up to 60000000000 jitter 0 when ";
  EXPECT_EQ(retries("{when: {exit: [75, 111]}}"), head + "00000 exit 75 111");
  EXPECT_EQ(retries("{when: [timeout, {exit: 75}]}"), head + "00100 exit 75");
  EXPECT_EQ(retries("{unless: {exit: 2}}"), head + "11111 unless 2");
  EXPECT_EQ(retries("{unless: [crash, {exit: [0, 255]}]}"), head + "11111 unless 00010 0 255");
  EXPECT_EQ(retries("{when: error, unless: {exit: \"${{ params.code }}\"}}", "params: {code: 64}\n"),
            head + "10000 unless 64");
  EXPECT_EQ(retries("{when: {exit: 256}}"), "'exit' must lie between 0 and 255, this is 256");
  EXPECT_EQ(retries("{when: {exit: []}}"), "'exit' is empty, so it is no failure");
  EXPECT_EQ(retries("{when: {}}"), "a failure has no 'exit'");
  EXPECT_EQ(retries("{when: [{code: 1}]}"), "a failure has no key 'code'");
  EXPECT_EQ(retries("{when: [75]}"), "there is no kind of failure '75' to try again after");
  EXPECT_EQ(retries("{unless: []}"), "'unless' of 'retries' is empty, so it excludes nothing");
}

TEST(AttemptRules, ADeadlineIsThatOfTheOptionOrOfTheFileThatIsRun) {
  EXPECT_EQ(deadlines("deadline: 2m"), "120000000000 of 0");
  EXPECT_EQ(deadlines("deadline: 2m", "deadline: 1h\n"), "120000000000 of 3600000000000");
  EXPECT_EQ(deadlines("workers: 1", "deadline: 1h\ndefaults: {deadline: 3s}\n", {.deadline_ns = 5}), "3000000000 of 5");
  EXPECT_EQ(deadlines("deadline: \"${{ params.t }}\"", "params: {t: {type: duration, default: 2s}}\n"),
            "2000000000 of 0");
  EXPECT_EQ(deadlines("deadline: 1us"), "'deadline' must lie between 1ms and 10 years, this is 1us");
  EXPECT_EQ(deadlines("workers: 1", "deadline: 0s\n"), "'deadline' must lie between 1ms and 10 years, this is 0s");
}

/// What an attempt of the only stage has of its own; or the diagnostics, or why it cannot be made.
std::string of_attempt(std::uint32_t attempt, const std::string& keys, const std::string& outcome = "failed") {
  const auto plan = plan_of(one_stage(keys, ""));
  if (!plan) return fmt::format("{}", fmt::join(problems(plan), "\n"));
  const PlannedStage& stage = plan->stages[0];
  if (!stage.by_attempt) return "as the first";
  AttemptValues own{.limits = stage.limits, .timeout_ns = stage.timeout_ns, .env = stage.env};
  const PreviousAttempt previous{.outcome = outcome, .message = "why"};
  const Scope scope{.params = plan->params, .attempt = attempt, .previous = attempt == 1 ? nullptr : &previous};
  std::string problem;
  if (!stage.by_attempt->make(scope, own, problem)) return problem;
  std::string text = fmt::format("{}timeout {}", text_of(own.limits), own.timeout_ns);
  for (const auto& [name, value] : own.env) text += fmt::format(" {}={}", name, value);
  return text;
}

TEST(AttemptRules, LimitsTimeoutAndVariablesMayDependOnTheAttempt) {
  const std::string keys =
      "timeout: \"${{ 10 * attempt }}\", limits: {memory: \"${{ 16777216 * attempt }}\", cpu_time: 5s}, "
      "env: {A: \"${{ previous.outcome ?? 'none' }}\", B: b}";
  EXPECT_EQ(of_attempt(1, keys), "memory 16777216 cpu_time 5000000000 timeout 10000000000 A=none B=b");
  EXPECT_EQ(of_attempt(3, keys), "memory 50331648 cpu_time 5000000000 timeout 30000000000 A=failed B=b");
  EXPECT_EQ(of_attempt(2, "timeout: 5s"), "as the first");
  EXPECT_EQ(
      of_attempt(2, "limits: {memory: \"${{ if(previous.outcome == 'out_of_memory', 33554432, 16777216) }}\"}"),
      "'memory' of 'limits' of a first attempt: ${{ if(previous.outcome == 'out_of_memory', 33554432, 16777216) }}: "
      "there is no attempt before the first");
}

TEST(AttemptRules, AValueOfALaterAttemptIsCheckedWhenItIsMade) {
  EXPECT_EQ(of_attempt(2, "limits: {memory: \"${{ int(33554432 / attempt) }}\"}"), "memory 16777216 timeout 0");
  EXPECT_EQ(of_attempt(4, "limits: {memory: \"${{ int(33554432 / attempt) }}\"}"),
            "'memory' of 'limits' of attempt 4: it must lie between 16MiB and 1024TiB, this is 8388608B");
  EXPECT_EQ(of_attempt(1, "limits: {memory: \"${{ attempt }}\"}"),
            "'memory' of 'limits' must lie between 16MiB and 1024TiB, this is 1B");
  EXPECT_EQ(of_attempt(1, "env: {A: \"${{ item }}\"}, foreach: [1]").find("there is no 'item' here"), 0u);
}

TEST(AttemptRules, ElsewhereTheAttemptCannotBeRead) {
  const std::string why = ": 'with', 'env', 'limits' and 'timeout' of a stage can read it";
  for (const char* const keys :
       {"foreach: \"${{ [attempt] }}\"", "if: \"${{ attempt == 1 }}\"", "vars: {a: \"${{ attempt }}\"}",
        "retries: {delay: \"${{ attempt }}\"}", "retries: \"${{ attempt }}\"", "workers: \"${{ attempt }}\"",
        "deadline: \"${{ attempt }}\"", "reads: [\"${{ attempt }}\"]", "outputs: {a: \"${{ attempt }}\"}"})
    EXPECT_EQ(of_attempt(1, keys), "there is no 'attempt' here" + why) << keys;
  EXPECT_EQ(of_attempt(1, "if: \"${{ previous.outcome == 'failed' }}\""), "there is no 'previous' here" + why);
}

TEST(AttemptRules, ATimeoutIsADurationThatMayReadParams) {
  EXPECT_EQ(timeout("30s"), "30000000000");
  EXPECT_EQ(timeout("1h30m"), "5400000000000");
  EXPECT_EQ(timeout("1ns"), "1");
  EXPECT_EQ(timeout("300ms"), "300000000");
  EXPECT_EQ(timeout("3650d"), "315360000000000000");
  EXPECT_EQ(timeout("\"${{ params.t }}\"", "params: {t: {type: duration, default: 2m}}\n"), "120000000000");
}

TEST(AttemptRules, Y09_ATimeoutWithoutAUnitOrBeyondReasonIsRefusedWithItsPlace) {
  const auto plan = plan_of(one_stage("timeout: 30"));
  ASSERT_FALSE(plan);
  const Error expected{"W204",
                       "'timeout' wants a duration, but '30' has no unit",
                       {"test.yaml", 3, 40, 2, "  - {name: a, task: sim.noop, timeout: 30}"},
                       {"write 30s for seconds; the units are ns us ms s m h d"}};
  EXPECT_THAT(plan.error().list, ElementsAre(expected));
  EXPECT_EQ(timeout("0s"), "'timeout' must lie between 1ns and 10 years, this is 0s");
  EXPECT_EQ(timeout("0.1ns"), "'timeout' must lie between 1ns and 10 years, this is 0.1ns");
  EXPECT_EQ(timeout("3651d"), "'timeout' must lie between 1ns and 10 years, this is 3651d");
  EXPECT_EQ(timeout("-5s"), "'timeout' wants a duration, but '-5s' is negative");
  EXPECT_EQ(timeout("99999999999999999999d"), "'timeout' wants a duration, but '99999999999999999999d' is too long");
  EXPECT_EQ(timeout("soon"), "'timeout' wants a duration, but 'soon' is none");
  EXPECT_EQ(timeout("[5s]"), "'timeout' wants a duration, but this is a list");
  EXPECT_EQ(timeout("~"), "'timeout' is '~', which is no value");
  EXPECT_EQ(timeout("\"${{ params.t }}\"", "params: {t: 0}\n"),
            "'timeout' must lie between 1ns and 10 years, this is 0s");
}

TEST(AttemptRules, ADurationInAParamWithoutATypeIsTextAndTheNoteSaysHowToDeclareIt) {
  const auto plan = plan_of(one_stage("timeout: \"${{ params.t }}\"", "params: {t: 30s}\n"));
  ASSERT_FALSE(plan);
  const Errors errors = plan.error();
  ASSERT_EQ(errors.list.size(), 1u);
  EXPECT_EQ(errors.list[0].message, "'timeout' wants a duration, but this is text");
  EXPECT_THAT(errors.list[0].notes, ElementsAre("declare the param with its type: t: {type: duration, default: 30s}"));
}

TEST(AttemptRules, RetriesAreANumberOrAMapWithDefaults) {
  EXPECT_EQ(retries("0"), "0x after 0 times 2 up to 60000000000 jitter 0 when 11111");
  EXPECT_EQ(retries("1000"), "1000x after 0 times 2 up to 60000000000 jitter 0 when 11111");
  EXPECT_EQ(retries("{}"), "3x? after 0 times 2 up to 60000000000 jitter 0 when 11111");
  EXPECT_EQ(retries("{max: 2, delay: 5s, backoff: 1.5, max_delay: 1m30s, jitter: 0.2, when: [timeout, crash]}"),
            "2x after 5000000000 times 1.5 up to 90000000000 jitter 0.2 when 00110");
  EXPECT_EQ(retries("{delay: 10m}"), "3x? after 600000000000 times 2 up to 600000000000 jitter 0 when 11111");
  EXPECT_EQ(retries("{when: error}"), "3x? after 0 times 2 up to 60000000000 jitter 0 when 10000");
  EXPECT_EQ(retries("{when: [memory, transient, memory]}"),
            "3x? after 0 times 2 up to 60000000000 jitter 0 when 01001");
}

TEST(AttemptRules, RetriesMayReadParams) {
  EXPECT_EQ(retries("\"${{ params.n }}\"", "params: {n: 4}\n"),
            "4x after 0 times 2 up to 60000000000 jitter 0 when 11111");
  EXPECT_EQ(retries("{max: \"${{ params.n }}\", when: \"${{ params.kinds }}\"}", "params: {n: 4, kinds: [crash]}\n"),
            "4x after 0 times 2 up to 60000000000 jitter 0 when 00010");
  EXPECT_EQ(retries("{when: [crash, \"${{ params.kind }}\"]}", "params: {kind: error}\n"),
            "3x? after 0 times 2 up to 60000000000 jitter 0 when 10010");
}

TEST(AttemptRules, Y09_RetriesBeyondReasonAreRefused) {
  EXPECT_THAT(diagnostics_of(one_stage("retries: -1")),
              ElementsAre("3:40 W205 'retries' must lie between 0 and 1000, this is -1"));
  EXPECT_EQ(retries("1001"), "'retries' must lie between 0 and 1000, this is 1001");
  EXPECT_EQ(retries("many"), "'retries' wants an int, but 'many' is none");
  EXPECT_EQ(retries("1.5"), "'retries' wants an int, but '1.5' is none");
  EXPECT_EQ(retries("\"${{ params.n }}\"", "params: {n: 5000}\n"),
            "'retries' must lie between 0 and 1000, this is 5000");
  EXPECT_THAT(diagnostics_of(one_stage("retries: {max: -1, delay: 5, backoff: 0.5, max_delay: 4000d, jitter: 2}")),
              ElementsAre("3:46 W205 'max' of 'retries' must lie between 0 and 1000, this is -1",
                          "3:57 W204 'delay' of 'retries' wants a duration, but '5' has no unit",
                          "3:69 W205 'backoff' of 'retries' must lie between 1 and 1000, this is 0.5",
                          "3:85 W205 'max_delay' of 'retries' must lie between 0s and 10 years, this is 4000d",
                          "3:100 W205 'jitter' of 'retries' must lie between 0 and 1, this is 2"));
  EXPECT_EQ(retries("{delay: 5s, max_delay: 1s}"), "'delay' of 'retries' is longer than its 'max_delay'");
  EXPECT_EQ(retries("{backoff: .inf}"), "'backoff' of 'retries' wants a float, but '.inf' is none");
}

TEST(AttemptRules, KindsOfFailureAreKnownOnes) {
  EXPECT_THAT(
      diagnostics_of(one_stage("retries: {when: [crash, timout]}")),
      ElementsAre("3:55 W206 there is no kind of failure 'timout' to try again after; did you mean 'timeout'?"));
  EXPECT_EQ(retries("{when: permanent}"), "there is no kind of failure 'permanent' to try again after");
  EXPECT_EQ(retries("{when: yes}"), "there is no kind of failure 'yes' to try again after");
  EXPECT_EQ(retries("{when: []}"), "'when' of 'retries' is empty, so nothing would ever be tried again");
  EXPECT_EQ(retries("{when: \"${{ params.kinds }}\"}", "params: {kinds: []}\n"),
            "'when' of 'retries' is empty, so nothing would ever be tried again");
  EXPECT_EQ(retries("{when: {crash: true}}"), "a failure has no key 'crash'");
  EXPECT_EQ(retries("{when: }"), "'when' of 'retries' has no value");
}

TEST(AttemptRules, LimitsAreSizesAndADuration) {
  EXPECT_EQ(limits("{memory: 512MiB, cpu_time: 30s, files: 1GB, output: 1MiB}"),
            "memory 536870912 cpu_time 30000000000 files 1000000000 output 1048576 ");
  EXPECT_EQ(limits("{memory: 16777216, cpu_time: 1ms, files: 1, output: 4KiB}"),
            "memory 16777216 cpu_time 1000000 files 1 output 4096 ");
  EXPECT_EQ(limits("{}"), "");
  EXPECT_EQ(limits("{memory: \"${{ params.m }}\"}", "params: {m: {type: size, default: 1GiB}}\n"),
            "memory 1073741824 ");
}

TEST(AttemptRules, Y09_LimitsBeyondReasonAreRefused) {
  EXPECT_THAT(diagnostics_of(one_stage("limits: {memory: 512, cpu_time: 30, files: 0, output: 2GiB}")),
              ElementsAre("3:48 W205 'memory' of 'limits' must lie between 16MiB and 1024TiB, this is 512",
                          "3:63 W204 'cpu_time' of 'limits' wants a duration, but '30' has no unit",
                          "3:74 W205 'files' of 'limits' must lie between 1B and 1024TiB, this is 0",
                          "3:85 W205 'output' of 'limits' must lie between 4KiB and 1GiB, this is 2GiB"));
  EXPECT_EQ(limits("{memory: 15MiB}"), "'memory' of 'limits' must lie between 16MiB and 1024TiB, this is 15MiB");
  EXPECT_EQ(limits("{memory: 2000TiB}"), "'memory' of 'limits' must lie between 16MiB and 1024TiB, this is 2000TiB");
  EXPECT_EQ(limits("{cpu_time: 10us}"), "'cpu_time' of 'limits' must lie between 1ms and 10 years, this is 10us");
  EXPECT_EQ(limits("{output: 4095}"), "'output' of 'limits' must lie between 4KiB and 1GiB, this is 4095");
  EXPECT_EQ(limits("{memory: -1GB}"), "'memory' of 'limits' wants a size, but '-1GB' is negative");
  EXPECT_EQ(limits("{memory: 512mb}"), "'memory' of 'limits' wants a size, but '512mb' is none");
}

TEST(AttemptRules, WhatIsNotKnownBeforeTheRunCannotStandThere) {
  const auto later = [](const std::string& key) {
    return diagnostics_of("ropewalk: 1\nstages:\n  - {name: n, task: sim.types}\n  - {name: a, task: sim.noop, " + key +
                          "}\n");
  };
  EXPECT_THAT(later("retries: \"${{ stages.n.result }}\""),
              ElementsAre("4:45 W204 'retries' wants an int, but this is a map"));
  EXPECT_THAT(later("retries: {when: \"${{ stages.n.result.names }}\"}"),
              ElementsAre("4:47 W308 'when' of 'retries' must be known before the run, so it can read params only"));
  EXPECT_THAT(later("timeout: \"${{ item }}\""),
              ElementsAre("4:45 W307 there is no 'item' here: it belongs to the tasks of a stage"));
}

TEST(AttemptRules, DefaultsHoldWhereAStageHasNoneOfItsOwnAndAreReplacedWhole) {
  const auto plan = plan_of(
      "ropewalk: 1\ndefaults: {timeout: 30s, retries: {max: 5, delay: 1s}, limits: {memory: 1GiB, files: 1GB}}\n"
      "stages:\n  - {name: a, task: sim.noop}\n"
      "  - {name: b, task: sim.noop, timeout: 1m, retries: {when: crash}, limits: {output: 1MiB}}\n"
      "  - {name: c, task: sim.noop, retries: 0, limits: {}}\n");
  ASSERT_TRUE(plan);
  std::vector<std::string> lines;
  for (const PlannedStage& stage : plan->stages)
    lines.push_back(
        fmt::format("{}: {}; {}; {}", stage.name, stage.timeout_ns, text_of(stage.retries), text_of(stage.limits)));
  EXPECT_THAT(lines,
              ElementsAre("a: 30000000000; 5x after 1000000000 times 2 up to 60000000000 jitter 0 when 11111; memory "
                          "1073741824 files 1000000000 ",
                          "b: 60000000000; 3x? after 0 times 2 up to 60000000000 jitter 0 when 00010; output 1048576 ",
                          "c: 30000000000; 0x after 0 times 2 up to 60000000000 jitter 0 when 11111; "));
}

TEST(AttemptRules, AMistakeInDefaultsIsToldOnceAndAlsoWhereNoStageUsesIt) {
  EXPECT_THAT(
      diagnostics_of("ropewalk: 1\ndefaults: {timeout: 30}\nstages:\n  - {name: a, task: sim.noop}\n  - {name: b, "
                     "task: sim.noop}\n"),
      ElementsAre("2:21 W204 'timeout' wants a duration, but '30' has no unit"));
  EXPECT_THAT(diagnostics_of("ropewalk: 1\ndefaults: {timeout: 30}\nstages:\n  - {name: a, task: sim.noop, timeout: "
                             "1s}\n"),
              ElementsAre("2:21 W204 'timeout' wants a duration, but '30' has no unit"));
}

TEST(AttemptRules, AParamWhoseValueIsAMistakeCausesNoOther) {
  EXPECT_THAT(diagnostics_of(one_stage("timeout: \"${{ params.t }}\", retries: \"${{ params.t }}\"",
                                       "params: {t: {type: int}}\n")),
              ElementsAre("C203 param 't' has no default and is not set"));
}

}  // namespace
}  // namespace ropewalk
