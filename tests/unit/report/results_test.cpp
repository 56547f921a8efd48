#include <ropewalk/report.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace ropewalk {
namespace {

/// One stage with four tasks, of every kind of row.
class FourRows final : public KeptResults {
 public:
  void visit(std::uint32_t stage, const std::function<void(const Row&)>& visit) const override {
    if (stage != 0) return;
    const Value item("a\nb"), value(Map{{"digest", "ff"}, {"size", 3}});
    visit({0, &item, Outcome::succeeded, &value, ""});
    visit({1, nullptr, Outcome::failed, nullptr, "no such file"});
    visit({2, nullptr, Outcome::not_started, nullptr, ""});
    const KeptStream out{.bytes = 6, .head = "hello\n"}, err{.bytes = 100'000, .head = "first\n", .tail = "last\n"};
    visit({3, nullptr, Outcome::failed, nullptr, "code 1", &out, &err});
  }
};

RunResult four_rows() {
  RunResult run;
  run.stages.resize(2);
  run.stages[0].name = "hash";
  run.results = std::make_shared<FourRows>();
  return run;
}

TEST(Results, AreALineForEachTask) {
  StringSink sink;
  EXPECT_TRUE(write_results(four_rows(), sink));
  EXPECT_EQ(
      sink.text,
      "{\"stage\": \"hash\", \"index\": 0, \"item\": \"a\\nb\", \"outcome\": \"succeeded\", "
      "\"value\": {\"digest\": \"ff\", \"size\": 3}}\n"
      "{\"stage\": \"hash\", \"index\": 1, \"item\": null, \"outcome\": \"failed\", \"message\": \"no such file\"}\n"
      "{\"stage\": \"hash\", \"index\": 2, \"item\": null, \"outcome\": \"not_started\", \"message\": \"\"}\n"
      "{\"stage\": \"hash\", \"index\": 3, \"item\": null, \"outcome\": \"failed\", \"message\": \"code 1\", "
      "\"stdout\": \"hello\\n\", "
      "\"stderr\": {\"bytes\": 100000, \"head\": \"first\\n\", \"tail\": \"last\\n\"}}\n");
}

/// One task with one value.
class OneRow final : public KeptResults {
 public:
  explicit OneRow(Value value) : value_(std::move(value)) {}
  void visit(std::uint32_t, const std::function<void(const Row&)>& visit) const override {
    visit({0, nullptr, Outcome::succeeded, &value_, ""});
  }

 private:
  const Value value_;
};

/// Records the longest piece.
class PieceSink final : public Sink {
 public:
  bool write(std::string_view bytes) override {
    text += bytes;
    longest = std::max(longest, bytes.size());
    return true;
  }
  std::string text;
  std::size_t longest = 0;
};

TEST(Results, Z02_LargeValuesAreWrittenInPieces) {
  const std::size_t large = 5'000'000;
  std::string plain(large, 'x'), wide, stray(large, 'y');
  for (std::size_t i = 0; i < large / 2; ++i) wide += "\u00e9";
  plain[large / 2] = '"';
  stray.back() = '\xff';
  for (const Value& value : {Value(plain), Value("z" + wide), Value(stray), Value(Path{plain}), Value(Bytes{stray}),
                             Value(List{Value(plain), Value(Map{{"k", Value(Bytes{wide})}})})}) {
    RunResult run;
    run.stages.resize(1);
    run.results = std::make_shared<OneRow>(value);
    PieceSink sink;
    EXPECT_TRUE(write_results(run, sink));
    EXPECT_TRUE(sink.text == "{\"stage\": \"\", \"index\": 0, \"item\": null, \"outcome\": \"succeeded\", \"value\": " +
                                 to_json(value) + "}\n");
    EXPECT_LT(sink.longest, 200'000u);
  }
}

class FullSink final : public Sink {
 public:
  bool write(std::string_view) override { return false; }
};

TEST(Results, ReportAFailedWrite) {
  FullSink sink;
  EXPECT_FALSE(write_results(four_rows(), sink));
}

}  // namespace
}  // namespace ropewalk
