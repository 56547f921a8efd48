#include "events/redacting_observer.hpp"

#include "support/fake_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <sstream>

namespace ropewalk {
namespace {

using testing::ElementsAre;

Redaction swordfish() {
  Redaction redaction;
  redaction.add("swordfish");
  return redaction;
}

/// Everything that it is told, as text.
struct Everything final : Observer {
  void run_started(std::int64_t, const RunStarted& e) override { items = e.items; }
  void tasks_finished(std::int64_t, std::uint32_t, std::span<const TaskFinished> tasks) override {
    for (const TaskFinished& task : tasks)
      said.push_back("finished " + std::string(task.message) + "|" + std::string(task.evidence));
  }
  void task_result(std::int64_t, std::uint32_t, std::uint64_t, const Value& fields) override {
    said.push_back("result " + to_json(fields));
  }
  void task_said(std::int64_t, std::uint32_t, const TaskSaid& e) override {
    said.push_back("said " + std::string(e.text));
  }
  void task_progress(std::int64_t, std::uint32_t stage, const TaskProgress& e) override {
    said.push_back("progress " + std::to_string(stage) + "/" + std::to_string(e.index) + " " + std::string(e.text));
  }
  void task_output(std::int64_t, std::uint32_t stage, const TaskOutput& e) override {
    said.push_back("output " + std::to_string(stage) + "/" + std::to_string(e.index) + " " + std::string(e.text));
  }
  void host_output(std::int64_t, const HostOutput& e) override {
    said.push_back("printed " + std::to_string(e.pid) + " " + std::string(e.text));
  }
  void host_ended(std::int64_t, const HostEnded& e) override { said.push_back("host " + std::string(e.how)); }
  void stage_finished(std::int64_t, const StageFinished& e) override {
    said.push_back("stage " + std::string(e.why));
    if (e.ledger) said.push_back("last item " + to_json(e.ledger->last_task->item->value));
  }
  void run_finished(std::int64_t, const RunFinished& e) override { said.push_back("run " + std::string(e.why)); }
  void warning(std::int64_t, const Warning& e) override { said.push_back("warning " + std::string(e.text)); }
  const TaskItems* items = nullptr;
  std::vector<std::string> said;
};

struct OneItem final : TaskItems {
  std::optional<Value> item_of(std::uint32_t stage, std::uint64_t) const override {
    return stage == 0 ? std::optional<Value>("a swordfish") : std::nullopt;
  }
};

TaskFinished finished(std::uint64_t index, std::string_view message, std::string_view evidence = "") {
  return {index, 1, message.empty() ? Outcome::succeeded : Outcome::failed, 0, 0, 0, 0, 1, 0, true, message, evidence};
}

TEST(Redacting, NoEventCarriesASecret) {
  const Redaction redaction = swordfish();
  Everything told;
  RedactingObserver observer(redaction, told);
  const OneItem items;
  observer.run_started(0, {"r", "w", &items});
  ASSERT_NE(told.items, nullptr);
  EXPECT_EQ(told.items->item_of(0, 0), Value("a ***"));
  EXPECT_EQ(told.items->item_of(1, 0), std::nullopt);
  observer.tasks_finished(
      0, 0,
      std::vector<TaskFinished>{finished(0, "no swordfish", "log: swordfish\n"), finished(1, ""), finished(2, "why")});
  observer.task_result(0, 0, 0, Value(Map{{"stdout", "swordfish\n"}}));
  observer.task_said(0, 0, {0, 1, LogLevel::info, "key is swordfish"});
  observer.host_ended(0, {0, 1, "swordfish", HostEnd::exited});
  StageLedger ledger;
  ledger.last_task = StageLedger::LastTask{0, 1, ShownValue{Value("a swordfish"), false}};
  observer.stage_finished(0, {0, "s", Outcome::failed, 1, 1, 0, 0, "swordfish", {}, ledger});
  observer.warning(0, {"swordfish"});
  observer.run_finished(0, {Outcome::failed, 0, "swordfish", true});
  EXPECT_THAT(told.said,
              ElementsAre("finished no ***|log: ***\n", "finished |", "finished why|", R"(result {"stdout": "***\n"})",
                          "said key is ***", "host ***", "stage ***", "last item \"a ***\"", "warning ***", "run ***"));
}

TEST(Redacting, WhatATaskSaysOfItsProgressIsHidden) {
  const Redaction redaction = swordfish();
  Everything told;
  RedactingObserver observer(redaction, told);
  observer.task_progress(0, 2, {5, 1, 0.5, "asks swordfish"});
  observer.task_progress(0, 2, {5, 1, 0.75});
  EXPECT_THAT(told.said, ElementsAre("progress 2/5 asks ***", "progress 2/5 "));
}

TEST(Redacting, ASecretThatIsWrittenInPiecesIsHidden) {
  const Redaction redaction = swordfish();
  Everything told;
  RedactingObserver observer(redaction, told);
  const auto write = [&](std::uint64_t task, std::string_view text) {
    observer.task_output(0, 0, {task, 1, OutputStream::process, text});
  };
  write(0, "key: swo");
  write(1, "another ");
  write(0, "rdfi");
  write(0, "sh, and sw");
  observer.tasks_finished(0, 0, std::vector<TaskFinished>{finished(0, "no")});
  write(1, "sword");
  observer.host_output(0, {0, 77, "sw"});
  observer.host_output(0, {0, 77, "ordfish sw"});
  observer.stage_finished(0, {0, "s", Outcome::failed, 1, 1, 0, 0, ""});
  observer.run_finished(0, {Outcome::failed, 0, "", false});
  EXPECT_THAT(told.said,
              ElementsAre("output 0/0 key: ", "output 0/1 another ", "output 0/0 ***, and ", "output 0/0 sw",
                          "finished no|", "printed 77 *** ", "output 0/1 sword", "printed 77 sw", "stage ", "run "));
}

TEST(Redacting, WhatWasKeptOfAFailedTaskIsHiddenInTheOrderOfItsPieces) {
  const Redaction redaction = swordfish();
  KeptOutput output;
  output.add(OutputStream::out, "a sword");
  output.add(OutputStream::err, "b ");
  output.add(OutputStream::out, "fish c");
  const KeptOutput shown = hidden(redaction, output);
  EXPECT_EQ(shown.of(OutputStream::out).head, "a *** c");
  EXPECT_EQ(shown.of(OutputStream::err).head, "b ");
  EXPECT_TRUE(shown.of(OutputStream::out).whole());
  const KeptStream stream = hidden(redaction, KeptStream{9, "sword", "fish"});
  EXPECT_EQ(stream.head + stream.tail, "***");
  EXPECT_TRUE(stream.whole());
}

/// A new event must not pass by.
TEST(Redacting, EveryEventIsOverridden) {
  const auto text_of = [](const std::string& path) {
    std::ifstream file(ROPEWALK_SOURCE + path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  };
  const std::string events = text_of("/engine/include/ropewalk/events.hpp"),
                    redacting = text_of("/engine/src/events/redacting_observer.hpp");
  const std::regex event("virtual void (\\w+)\\(");
  std::size_t count = 0;
  for (std::sregex_iterator at(events.begin(), events.end(), event); at != std::sregex_iterator(); ++at, ++count)
    EXPECT_TRUE(std::regex_search(redacting, std::regex("  void " + (*at)[1].str() + "\\([^;{]*override")))
        << (*at)[1] << " would be told with its secrets, or not at all";
  EXPECT_GE(count, 16u);
}

TEST(Redacting, RowsOfResultsAreHidden) {
  struct Rows final : KeptResults {
    void visit(std::uint32_t, const std::function<void(const Row&)>& visit) const override {
      const Value item("swordfish"), value(Map{{"a", "swordfish"}});
      visit({0, &item, Outcome::succeeded, &value, ""});
      visit({1, nullptr, Outcome::failed, nullptr, "no swordfish"});
    }
  };
  const RedactedResults results(std::make_shared<Rows>(), std::make_shared<Redaction>(swordfish()));
  std::vector<std::string> rows;
  results.visit(0, [&](const KeptResults::Row& row) {
    rows.push_back((row.item ? to_json(*row.item) : "-") + " " + (row.value ? to_json(*row.value) : "-") + " " +
                   std::string(row.message));
  });
  EXPECT_THAT(rows, ElementsAre(R"("***" {"a": "***"} )", "- - no ***"));
}

}  // namespace
}  // namespace ropewalk
