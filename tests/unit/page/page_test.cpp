#include "page/page.hpp"
#include "page/page_parts.hpp"
#include "report/ledger_text.hpp"
#include "support/fake_record.hpp"
#include "support/page_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <regex>

namespace ropewalk {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kHostile =
    "</script><img src=x onerror=alert(1)>\"><svg onload=alert(2)>\xe2\x80\xa8 @script@ \xff";

test::FakeRecord hostile_record() {
  test::FakeRecord record;
  record.about.name = record.about.workflow = std::string(kHostile);
  record.about.file = std::string(kHostile);
  RecordedSession session;
  session.number = 1;
  session.why = session.machine = std::string(kHostile);
  session.command = "[1] , \"evil\": {";
  record.about.sessions = {session};
  RecordedStage stage;
  stage.name = stage.task = stage.why = std::string(kHostile);
  record.planned = {stage};
  RecordedAttempt attempt;
  attempt.attempt = 1;
  attempt.session = 1;
  attempt.outcome = Outcome::failed;
  attempt.message = attempt.evidence = std::string(kHostile);
  attempt.item = "\"</script>\"";
  record.attempts = {attempt};
  return record;
}

std::string page_of(const std::vector<const Record*>& records) {
  const auto data = read_page(records);
  EXPECT_TRUE(data);
  return data ? page_html(*data) : "";
}

/// The elements of a page: names of tags in their order.
std::vector<std::string> tags_of(const std::string& page) {
  std::string text = page;
  for (const std::string_view part : {page::page_style(), page::page_script()})
    if (const std::size_t at = text.find(part); at != text.npos) text.erase(at, part.size());
  static const std::regex kTag("<(/?[a-zA-Z!]+)");
  std::vector<std::string> tags;
  for (std::sregex_iterator each(text.begin(), text.end(), kTag), end; each != end; ++each) tags.push_back((*each)[1]);
  return tags;
}

TEST(Page, NoTextOfARunBecomesMarkup) {
  const auto hostile = hostile_record();
  test::FakeRecord plain = hostile_record();
  plain.about.name = plain.about.workflow = plain.planned[0].name = plain.planned[0].task = "plain";
  EXPECT_EQ(tags_of(page_of({&hostile})), tags_of(page_of({&plain})));
}

TEST(Page, TextsOfARunAreWholeInItsData) {
  const auto hostile = hostile_record();
  const nlohmann::json run = test::page_data(page_of({&hostile}))["runs"][0];
  const std::string shown = std::string(kHostile.substr(0, kHostile.size() - 1)) + "\\xff";
  EXPECT_EQ(run["name"], shown);
  EXPECT_EQ(run["stages"][0]["name"], shown);
  EXPECT_EQ(run["tasks"][0]["attempts"][0]["message"], shown);
  EXPECT_EQ(run["tasks"][0]["item"], "</script>");
  EXPECT_EQ(run["sessions"][0]["command"], nlohmann::json::array());  // what is no list is not passed on
}

TEST(Page, AdmitsItsOwnScriptAloneAndNoNetwork) {
  const auto record = hostile_record();
  const std::string page = page_of({&record});
  std::smatch policy;
  ASSERT_TRUE(std::regex_search(page, policy, std::regex("Content-Security-Policy\" content=\"([^\"]*)\"")));
  EXPECT_THAT(policy[1].str(), testing::MatchesRegex("default-src 'none'; script-src 'sha256-[A-Za-z0-9+/]{43}='; "
                                                     "style-src 'sha256-[A-Za-z0-9+/]{43}='; base-uri 'none'; "
                                                     "form-action 'none'"));
  EXPECT_THAT(page, Not(testing::ContainsRegex("(src|href)=\"?http")));
}

TEST(Page, OfTheSameRecordHasTheSameBytes) {
  const auto record = hostile_record();
  EXPECT_EQ(page_of({&record}), page_of({&record}));
}

TEST(Page, ItsOwnPartsNeedLessThan300Kilobytes) {
  EXPECT_LT(page::page_template().size() + page::page_style().size() + page::page_script().size(), 300'000u);
  EXPECT_THAT(std::string(page::page_script()), Not(HasSubstr("</script")));
}

TEST(Page, OfAStageWithALedgerHasItsParts) {
  const auto record = hostile_record();
  auto data = read_page({&record});
  ASSERT_TRUE(data);
  EXPECT_FALSE(test::page_data(page_html(*data))["runs"][0]["stages"][0].contains("ledger"));
  data->runs[0].stages[0].result.ledger = StageLedger{.total_s = 8, .user_s = 3, .blocked_s = 4.5, .residual_s = 0.5};
  const nlohmann::json ledger = test::page_data(page_html(*data))["runs"][0]["stages"][0]["ledger"];
  EXPECT_EQ(ledger.size(), kLedgerParts.size());
  EXPECT_EQ(ledger["total_s"], 8);
  EXPECT_EQ(ledger["blocked_s"], 4.5);
  EXPECT_EQ(ledger["tail_s"], 0);
}

TEST(Page, OfAStageWithALedgerHasItsSentenceAndItsCosts) {
  const auto record = hostile_record();
  auto data = read_page({&record});
  ASSERT_TRUE(data);
  StageResult& stage = data->runs[0].stages[0].result;
  stage.name = "hash";
  stage.workers = 8;
  stage.tasks = 100;
  stage.ledger = StageLedger{.total_s = 8,
                             .user_s = 4,
                             .starved_s = 3,
                             .tail_s = 1,
                             .engine_s_per_task = 6e-7,
                             .metg_s = 9e-7,
                             .fed_by = "fetch"};
  const nlohmann::json made = test::page_data(page_html(*data))["runs"][0]["stages"][0];
  EXPECT_EQ(made["ledger_sentence"], ledger_sentence(stage));
  EXPECT_EQ(made["ledger_sentence"],
            "stage 'hash': 3 of 8 workers were starved on average: stage 'fetch' feeds too slowly");
  EXPECT_EQ(made["ledger"]["engine_s_per_task"], 6e-7);
  EXPECT_EQ(made["ledger"]["metg_s"], 9e-7);
}

TEST(Page, OfAResumedRunHasTheSentencesOfItsSession) {
  auto record = hostile_record();
  EXPECT_FALSE(test::page_data(page_of({&record}))["runs"][0]["sessions"][0].contains("resumed"));
  record.about.sessions[0].resumed = {"stage 'e': 2 of 3 tasks kept; 1 runs because param 'q' changed (80 -> 90)"};
  EXPECT_EQ(test::page_data(page_of({&record}))["runs"][0]["sessions"][0]["resumed"],
            nlohmann::json(record.about.sessions[0].resumed));
}

TEST(Page, OfARunThatHasNotEndedListsWhatRunsTheOldestFirst) {
  auto record = hostile_record();
  record.attempts.clear();
  record.about.sessions[0].seen_ns = 5'000'000'000;
  record.going = {{.stage = 0, .index = 4, .attempt = 1, .started_ns = 2'000'000'000, .host = 77, .item = "\"</b>\""},
                  {.stage = 0, .index = 9, .attempt = 2, .started_ns = 1'000'000'000, .host = 78},
                  {.stage = 7, .index = 0, .attempt = 1}};
  const nlohmann::json killed = test::page_data(page_of({&record}))["runs"][0];
  EXPECT_EQ(killed["state"], "killed");
  EXPECT_EQ(killed["known_ns"], 5'000'000'000);
  ASSERT_EQ(killed["running"].size(), 2u) << "a stage that is not there is left out";
  EXPECT_EQ(killed["running"][0]["index"], 9);
  EXPECT_EQ(killed["running"][0]["attempt"], 2);
  EXPECT_EQ(killed["running"][0]["age_ns"], 4'000'000'000);
  EXPECT_EQ(killed["running"][1]["item"], "</b>");
  record.about.live_pid = 7;
  record.about.sessions[0].started_unix_ns = 1;
  const nlohmann::json going = test::page_data(page_of({&record}))["runs"][0];
  EXPECT_GT(going["known_ns"], 5'000'000'000) << "until now";
  record.about.sessions[0].outcome = Outcome::succeeded;
  record.about.live_pid = 0;
  EXPECT_FALSE(test::page_data(page_of({&record}))["runs"][0].contains("running"));
}

TEST(Page, AnAttemptThatHasEndedMeanwhileIsNotListedAsRunning) {
  auto record = hostile_record();
  record.going = {{.stage = 0, .index = 0, .attempt = 1}, {.stage = 0, .index = 0, .attempt = 2}};
  const nlohmann::json running = test::page_data(page_of({&record}))["runs"][0]["running"];
  ASSERT_EQ(running.size(), 1u);
  EXPECT_EQ(running[0]["attempt"], 2);
}

ComparisonSummary comparison_of(const std::string& text) {
  return {.workflow = text,
          .rounds = 2,
          .modes = {{.name = text, .wall_s = {1, 2}, .interval = MedianInterval{1.5, 1, 2, 0.5}}},
          .notes = {text},
          .verdict = text,
          .difference = text,
          .version = text,
          .started = text,
          .machine = text,
          .command = R"(["</script>"])"};
}

TEST(Page, OfAComparisonHasItsDocumentAndNoTextBecomesMarkup) {
  const std::string page = page_html(comparison_of(std::string(kHostile)));
  EXPECT_EQ(tags_of(page), tags_of(page_html(comparison_of("plain"))));
  const nlohmann::json data = test::page_data(page);
  ASSERT_TRUE(data.contains("comparison"));
  EXPECT_EQ(data["comparison"]["modes"][0]["wall_s"], nlohmann::json({1.0, 2.0}));
  EXPECT_EQ(data["comparison"]["command"][0], "</script>");
  EXPECT_THAT(data["comparison"]["verdict"].get<std::string>(), HasSubstr("<img src=x onerror=alert(1)>"));
}

TEST(Page, OfTwoRunsHasTheChangesOfDiff) {
  auto before = hostile_record(), after = hostile_record();
  for (auto* record : {&before, &after}) {
    record->planned[0].name = "hash";
    record->attempts.clear();
    for (std::uint64_t i = 0; i < 9; ++i) {
      RecordedAttempt attempt;
      attempt.index = i;
      attempt.attempt = attempt.session = 1;
      attempt.outcome = Outcome::succeeded;
      attempt.run_ns = static_cast<std::int64_t>(1000 + i) * (record == &before ? 1000 : 2000);
      record->attempts.push_back(attempt);
    }
  }
  const nlohmann::json data = test::page_data(page_of({&before, &after}));
  ASSERT_EQ(data["changes"].size(), 1u);
  EXPECT_EQ(data["changes"][0]["pairs"], 9);
  EXPECT_NEAR(data["changes"][0]["time"]["ratio"].get<double>(), 2, 1e-6);
  EXPECT_EQ(data["changes"][0]["time"]["evident"], true);
}

}  // namespace
}  // namespace ropewalk
