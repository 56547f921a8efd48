#include "report/result_printer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

namespace ropewalk {
namespace {

/// A printer that receives events directly.
struct Printing {
  explicit Printing(ResultPrinter::Style style) : printer(sink, std::move(style), [this] { ++stuck; }) {}
  void succeeds(std::uint64_t index, Value value) {
    printer.task_result(0, 0, index, Map{{"value", std::move(value)}, {"unit", "s"}});
    ends(index, Outcome::succeeded);
  }
  void ends(std::uint64_t index, Outcome outcome, bool last = true) {
    const TaskFinished task{.index = index,
                            .attempt = 1,
                            .outcome = outcome,
                            .detail = 0,
                            .queued_ns = 0,
                            .run_ns = 0,
                            .cpu_ns = 0,
                            .host = 0,
                            .worker = 0,
                            .last = last,
                            .message = {}};
    printer.tasks_finished(0, 0, {&task, 1});
  }
  StringSink sink;
  int stuck = 0;
  ResultPrinter printer;
};

TEST(ResultPrinter, ResultsAreWrittenInItemOrderAsEarlyAsPossible) {
  Printing printing({});
  printing.succeeds(1, 10);
  printing.succeeds(2, 20);
  EXPECT_EQ(printing.sink.text, "");
  printing.succeeds(0, 0);
  EXPECT_EQ(printing.sink.text,
            "{\"unit\": \"s\", \"value\": 0}\n{\"unit\": \"s\", \"value\": 10}\n{\"unit\": \"s\", \"value\": 20}\n");
  printing.sink.text.clear();
  printing.succeeds(3, 30);
  EXPECT_EQ(printing.sink.text, "{\"unit\": \"s\", \"value\": 30}\n");
}

TEST(ResultPrinter, ResultsMayBeWrittenAsTheyArrive) {
  Printing printing({.field = "value", .as_completed = true});
  printing.succeeds(2, "c");
  printing.ends(0, Outcome::failed);
  printing.succeeds(1, "b");
  EXPECT_EQ(printing.sink.text, "c\nb\n");
}

TEST(ResultPrinter, EachLineMayBeginWithItsItem) {
  struct Listed final : TaskItems {
    std::optional<Value> item_of(std::uint32_t, std::uint64_t index) const override {
      if (index == 0) return Value("a b");
      if (index == 1) return Value(Map{{"a", 1}, {"b", List{Value("x"), Value("y\nz")}}});
      return std::nullopt;
    }
  } listed;
  Printing printing({.field = "value", .verbatim = true, .tag = true});
  printing.printer.run_started(0, {.run_id = "r", .workflow = "w", .items = &listed});
  printing.succeeds(1, "no end");
  printing.succeeds(0, "one\n\ntwo\n");
  printing.succeeds(2, "");
  printing.succeeds(3, "\n");
  EXPECT_EQ(printing.sink.text, "a b\tone\na b\t\na b\ttwo\n1 x y z\tno end3\t\n");
  printing.sink.text.clear();
  const std::string large(300'000, 'x');
  printing.succeeds(4, large + "\n" + large);
  EXPECT_TRUE(printing.sink.text == "4\t" + large + "\n4\t" + large);
}

TEST(ResultPrinter, Z02_LargeResultsAreWrittenAndKeptInPieces) {
  struct Pieces final : Sink {
    bool write(std::string_view bytes) override {
      return text += bytes, longest = std::max(longest, bytes.size()), true;
    }
    std::string text;
    std::size_t longest = 0;
  } sink;
  const std::string large(3'000'000, 'x');
  for (const std::string& field : {std::string(), std::string("value")}) {
    sink.text.clear();
    ResultPrinter printer(sink, {.field = field}, [] { FAIL(); });
    const auto give = [&](std::uint64_t index) {
      printer.task_result(0, 0, index, Map{{"value", large + std::to_string(index)}});
    };
    give(2);
    give(1);
    give(0);
    printer.tasks_finished(0, 0, {});
    std::string expected;
    for (int i = 0; i < 3; ++i)
      expected +=
          field.empty() ? "{\"value\": \"" + large + std::to_string(i) + "\"}\n" : large + std::to_string(i) + "\n";
    EXPECT_TRUE(sink.text == expected) << sink.text.size();
    EXPECT_LT(sink.longest, 200'000u);
  }
}

TEST(ResultPrinter, TasksThatDidNotSucceedAreSkipped) {
  Printing printing({.field = "value"});
  printing.succeeds(3, "d");
  printing.ends(2, Outcome::failed);
  printing.ends(1, Outcome::not_started);
  printing.ends(0, Outcome::crashed, false);
  EXPECT_EQ(printing.sink.text, "") << "it is tried again";
  printing.succeeds(0, "a");
  EXPECT_EQ(printing.sink.text, "a\nd\n");
}

TEST(ResultPrinter, AFieldIsALineUnlessItIsVerbatim) {
  const std::string_view binary("\0\xff", 2);
  Printing lines({.field = "value"});
  std::uint64_t index = 0;
  for (const Value& value :
       {Value("a"), Value("b\n"), Value(""), Value(), Value(7), Value(List{1, "x"}), Value(Bytes{std::string(binary)})})
    lines.succeeds(index++, value);
  EXPECT_EQ(lines.sink.text, "a\nb\n\n\n7\n[1, \"x\"]\n" + std::string(binary) + "\n");
  Printing verbatim({.field = "value", .verbatim = true});
  verbatim.succeeds(0, "a");
  verbatim.succeeds(1, Bytes{std::string(binary)});
  verbatim.succeeds(2, "b\n");
  EXPECT_EQ(verbatim.sink.text, "a" + std::string(binary) + "b\n");
}

struct Shared final : SharedBytes {
  std::string_view bytes() const override { return "shared"; }
};

TEST(ResultPrinter, ValuesInSharedMemoryArePrinted) {
  Printing printing({.field = "value"});
  printing.succeeds(1, Value(Value::Kind::text, std::make_shared<Shared>()));
  printing.succeeds(0, Value(Value::Kind::bytes, std::make_shared<Shared>()));
  EXPECT_EQ(printing.sink.text, "shared\nshared\n");
}

TEST(ResultPrinter, ResultsBeyondTheMemoryLimitWaitForTheFirstAndArePrintedCompletely) {
  Printing printing({.field = "value"});
  std::string expected = "first\n";
  for (std::uint64_t index = 1; index <= 50; ++index) {
    const std::string large(100'000, static_cast<char>('a' + index % 26));
    printing.succeeds(index, large);
    expected += large + "\n";
  }
  EXPECT_EQ(printing.sink.text, "");
  printing.succeeds(0, "first");
  EXPECT_EQ(printing.sink.text, expected);
}

class ClosedSink final : public Sink {
 public:
  bool write(std::string_view) override { return ++writes, false; }
  int writes = 0;
};

TEST(ResultPrinter, AClosedReaderIsReportedOnceAndNothingMoreIsWritten) {
  ClosedSink sink;
  int stuck = 0;
  ResultPrinter printer(sink, {}, [&] { ++stuck; });
  for (std::uint64_t index = 0; index < 3; ++index) {
    printer.task_result(0, 0, index, Map{});
    printer.tasks_finished(0, 0, {});
  }
  EXPECT_EQ(sink.writes, 1);
  EXPECT_EQ(stuck, 1);
  EXPECT_EQ(printer.problem(), "");
}

}  // namespace
}  // namespace ropewalk
