#include "report/junit.hpp"

#include "report/xml_text.hpp"
#include "sample_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ropewalk {
namespace {

using testing::HasSubstr;

std::string escaped(std::string_view text) {
  std::string out;
  append_xml_text(out, text);
  return out;
}

TEST(XmlText, HidesWhatXmlCannotHold) {
  EXPECT_EQ(escaped("a<b>&\"c\"'"), "a&lt;b&gt;&amp;&quot;c&quot;'");
  EXPECT_EQ(escaped("\t\n\r"), "\t\n&#13;");
  std::string value;
  append_xml_attribute(value, "a", "\t\n\r\"");
  EXPECT_EQ(value, " a=\"&#9;&#10;&#13;&quot;\"");
  EXPECT_EQ(escaped(std::string_view("\0\x01\x1b[1m", 6)), "\\x00\\x01\\x1b[1m");
  EXPECT_EQ(escaped("caf\xc3\xa9 \xff\xc3"), "caf\xc3\xa9 \\xff\\xc3");
  EXPECT_EQ(escaped("\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd"), "\\ufffe\\uffff\xef\xbf\xbd");
}

std::string document(JunitWriter& junit, std::string_view unfinished = {}) {
  StringSink sink;
  EXPECT_TRUE(junit.write(sink, unfinished));
  return sink.text;
}

TEST(Junit, MatchesItsGoldenFile) {
  JunitWriter junit;
  emit_sample_run(junit, test::SampleItems());
  const std::string actual = document(junit);
  EXPECT_EQ(actual, test::golden("run.xml", actual));
}

/// Sends events in the order of a record: a stage's tasks by index.
TEST(Junit, DoesNotDependOnTheOrderOfTasks) {
  const auto run = [](std::vector<std::uint64_t> order) {
    JunitWriter junit;
    junit.run_started(0, {"r", "w"});
    junit.stage_started(1, {0, "s", "p.t", "thread", 1, 2});
    for (const std::uint64_t index : order) {
      const TaskFinished task = test::ran(index, 5, Outcome::succeeded);
      junit.tasks_finished(1, 0, {&task, 1});
    }
    junit.stage_finished(2, {0, "s", Outcome::succeeded, 2, 1, 1, 0, ""});
    junit.run_finished(3, {Outcome::succeeded, 3, "", false});
    return document(junit);
  };
  EXPECT_EQ(run({0, 1, 2}), run({2, 0, 1}));
}

TEST(Junit, SaysThatARunHasNoEnd) {
  for (const auto& [state, words] :
       {std::pair("killed", "<error message=\"the run was killed, or its machine stopped; 0 tasks had ended\""),
        {"running", "<skipped message=\"the run goes on; 0 tasks had ended so far\""}}) {
    JunitWriter junit;
    junit.run_started(0, {"r", "w"});
    EXPECT_THAT(document(junit, state), HasSubstr(words));
  }
}

TEST(Junit, SaysThatARunHadNoTaskOrBroke) {
  JunitWriter empty;
  empty.run_started(0, {"r", "w"});
  empty.run_finished(1, {Outcome::succeeded, 1, "", false});
  EXPECT_THAT(document(empty), HasSubstr("<skipped message=\"the run had no task at all\" type=\"empty\"/>"));
  JunitWriter broken;
  broken.run_started(0, {"r", "w"});
  broken.run_finished(1, {Outcome::failed, 1, "no warden", true});
  EXPECT_THAT(document(broken), HasSubstr("<error message=\"the run broke: no warden\" type=\"broken\"/>"));
  EXPECT_THAT(document(broken), HasSubstr("tests=\"1\" failures=\"0\" errors=\"1\""));
}

class FullJunitSink final : public Sink {
 public:
  bool write(std::string_view) override { return false; }
};

TEST(Junit, ReportsAFailedWrite) {
  JunitWriter junit;
  emit_sample_run(junit, test::SampleItems());
  FullJunitSink sink;
  EXPECT_FALSE(junit.write(sink));
}

}  // namespace
}  // namespace ropewalk
