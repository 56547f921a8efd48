#include "report/results.hpp"

#include <gtest/gtest.h>

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
  EXPECT_EQ(sink.text,
            "{\"stage\": \"hash\", \"index\": 0, \"item\": \"a\\nb\", \"outcome\": \"succeeded\", "
            "\"value\": {\"digest\": \"ff\", \"size\": 3}}\n"
            "{\"stage\": \"hash\", \"index\": 1, \"item\": null, \"outcome\": \"failed\", \"message\": \"no such file\"}\n"
            "{\"stage\": \"hash\", \"index\": 2, \"item\": null, \"outcome\": \"not_started\", \"message\": \"\"}\n"
            "{\"stage\": \"hash\", \"index\": 3, \"item\": null, \"outcome\": \"failed\", \"message\": \"code 1\", \"stdout\": \"hello\\n\", "
            "\"stderr\": {\"bytes\": 100000, \"head\": \"first\\n\", \"tail\": \"last\\n\"}}\n");
}

class FullSink final : public Sink {
 public:
  bool write(std::string_view) override { return false; }
};

TEST(Results, SayThatTheyCouldNotBeWritten) {
  FullSink sink;
  EXPECT_FALSE(write_results(four_rows(), sink));
}

}  // namespace
}  // namespace ropewalk
