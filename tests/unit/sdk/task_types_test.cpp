// Each C++ type that a parameter or a result may have.

#include "run_task.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

using ropewalk::FakeField;
using ropewalk::FakeOutcome;
using ropewalk::FakeValue;
using testing::IsEmpty;
using namespace std::chrono_literals;
using List = FakeValue::List;
using Map = FakeValue::Map;

namespace {

/// Returns a value of type M; its default is `kDefault`, if given.
template <class M, auto kDefault = std::nullopt>
struct Same {
  static M initial() {
    if constexpr (std::is_same_v<std::remove_const_t<decltype(kDefault)>, std::nullopt_t>)
      return M{};
    else
      return M(kDefault);
  }
  M value = initial();
  struct Result {
    M value{};
  };
  Result run(ropewalk::Call&) const { return {value}; }
  static void describe(ropewalk::TaskType<Same>& task) {
    task.option("value", &Same::value).result("value", &Result::value);
  }
};

/// Checks the output for an input, and the default of the parameter.
template <class T>
void expect(const FakeValue& in, const FakeValue& out, std::int32_t type, const std::string& default_value) {
  const FakeOutcome outcome = run_task<T>({{"value", in}});
  EXPECT_EQ(outcome.message, "");
  EXPECT_EQ(outcome.value("value"), out) << outcome.value("value").shown();
  EXPECT_THAT(outcome.faults, IsEmpty());
  const FakeField field = described<T>().params[0];
  EXPECT_EQ(field.type, type);
  EXPECT_EQ(field.default_value, default_value);
}

TEST(TaskTypes, BoolIntFloat) {
  expect<Same<bool>>(true, true, ROPEWALK_TYPE_BOOL, "false");
  expect<Same<std::int64_t, 5>>(INT64_MIN, INT64_MIN, ROPEWALK_TYPE_INT, "5");
  expect<Same<std::uint8_t>>(255, 255, ROPEWALK_TYPE_INT, "0");
  expect<Same<int, -3>>(12, 12, ROPEWALK_TYPE_INT, "-3");
  expect<Same<double, 1>>(0.1, 0.1, ROPEWALK_TYPE_FLOAT, "1.0");
  expect<Same<double>>(3, 3.0, ROPEWALK_TYPE_FLOAT, "0.0");
  expect<Same<float>>(0.5, 0.5, ROPEWALK_TYPE_FLOAT, "0.0");
}

TEST(TaskTypes, TextBytesPath) {
  const std::string odd("a\0\xff", 3);
  expect<Same<std::string>>(odd, odd, ROPEWALK_TYPE_TEXT, "\"\"");
  expect<Same<std::string_view>>("borrowed", "borrowed", ROPEWALK_TYPE_TEXT, "\"\"");
  expect<Same<std::vector<std::byte>>>(FakeValue::Bytes{odd}, FakeValue::Bytes{odd}, ROPEWALK_TYPE_BYTES, "");
  expect<Same<std::filesystem::path>>("/a/\xff", std::filesystem::path("/a/\xff"), ROPEWALK_TYPE_PATH, "\"\"");
}

TEST(TaskTypes, DurationIsSecondsOutsideAndAnyChronoTypeInside) {
  expect<Same<std::chrono::nanoseconds>>(1.5, 1.5, ROPEWALK_TYPE_DURATION, "0.0");
  expect<Same<std::chrono::milliseconds, 1500>>(0.25, 0.25, ROPEWALK_TYPE_DURATION, "1.5");
  expect<Same<std::chrono::duration<double>>>(0.25, 0.25, ROPEWALK_TYPE_DURATION, "0.0");
}

TEST(TaskTypes, SizeIsBytes) {
  expect<Same<ropewalk::Size, 1024u>>(std::int64_t{1} << 40, std::int64_t{1} << 40, ROPEWALK_TYPE_SIZE, "1024");
}

TEST(TaskTypes, ListAndMap) {
  expect<Same<std::vector<std::int64_t>>>(List{1, 2}, List{1, 2}, ROPEWALK_TYPE_LIST, "[]");
  expect<Same<std::vector<bool>>>(List{true, false}, List{true, false}, ROPEWALK_TYPE_LIST, "[]");
  expect<Same<std::vector<double>>>(List{1, 2.5}, List{1.0, 2.5}, ROPEWALK_TYPE_LIST, "[]");
  expect<Same<std::vector<std::chrono::seconds>>>(List{2.0}, List{2.0}, ROPEWALK_TYPE_LIST, "[]");
  expect<Same<std::map<std::string, std::string>>>(Map{{"a", "b"}}, Map{{"a", "b"}}, ROPEWALK_TYPE_MAP, "{}");
  expect<Same<std::map<std::string, std::vector<ropewalk::Size>>>>(Map{{"a", List{1}}}, Map{{"a", List{1}}},
                                                                   ROPEWALK_TYPE_MAP, "{}");
  expect<Same<std::vector<std::optional<int>>>>(List{1, nullptr}, List{1, nullptr}, ROPEWALK_TYPE_LIST, "[]");
  EXPECT_EQ(described<Same<std::vector<std::filesystem::path>>>().params[0].element, ROPEWALK_TYPE_PATH);
  EXPECT_EQ(described<Same<std::vector<ropewalk::Any>>>().params[0].element, 0);
}

TEST(TaskTypes, AnyIsCopiedCompletely) {
  const FakeValue nested =
      List{1, 2.5, "text", nullptr, true, FakeValue::Bytes{"b"}, std::filesystem::path("p"), Map{{"k", List{Map{}}}}};
  expect<Same<ropewalk::Any>>(nested, nested, ROPEWALK_TYPE_ANY, "");
  expect<Same<ropewalk::Any>>("text", "text", ROPEWALK_TYPE_ANY, "");
}

TEST(TaskTypes, OptionalMayBeAbsent) {
  expect<Same<std::optional<int>>>(7, 7, ROPEWALK_TYPE_INT, "");
  expect<Same<std::optional<int>>>(nullptr, nullptr, ROPEWALK_TYPE_INT, "");
  expect<Same<std::optional<int>, 5>>(7, 7, ROPEWALK_TYPE_INT, "5");
}

struct Defaults {
  std::vector<std::string> words = {"a", "\"quoted\"\n\\"};
  std::map<std::string, int> codes = {{"x", 1}, {"y", 2}};
  double small = 1e-300, endless = std::numeric_limits<double>::infinity();
  void run(ropewalk::Call&) const {}
  static void describe(ropewalk::TaskType<Defaults>& task) {
    task.option("words", &Defaults::words)
        .option("codes", &Defaults::codes)
        .option("small", &Defaults::small)
        .option("endless", &Defaults::endless);
  }
};

TEST(TaskTypes, DefaultsAreJson) {
  const ropewalk::FakeTaskType type = described<Defaults>();
  EXPECT_EQ(type.params[0].default_value, R"(["a","\"quoted\"\u000a\\"])");
  EXPECT_EQ(type.params[1].default_value, R"({"x":1,"y":2})");
  EXPECT_EQ(type.params[2].default_value, "1e-300");
  EXPECT_EQ(type.params[3].default_value, "");  // JSON has no infinity: absent, so the member keeps its value
}

TEST(TaskTypes, NarrowIntsDeclareTheirRangeAndRejectOtherValues) {
  const FakeField field = described<Same<std::uint8_t>>().params[0];
  EXPECT_EQ(field.minimum, "0");
  EXPECT_EQ(field.maximum, "255");
  const FakeOutcome outcome = run_task<Same<std::uint8_t>>({{"value", 256}});
  EXPECT_EQ(outcome.kind, "permanent");
  EXPECT_EQ(outcome.message, "parameter 'value': 256 is outside 0..255");
}

TEST(TaskTypes, AResultThatDoesNotFitIsTheTasksFailure) {
  struct Huge {
    struct Result {
      std::uint64_t n = UINT64_MAX;
    };
    Result run(ropewalk::Call&) const { return {}; }
    static void describe(ropewalk::TaskType<Huge>& task) { task.result("n", &Result::n); }
  };
  EXPECT_EQ(run_task<Huge>().message, "result 'n': 18446744073709551615 does not fit into 64 bits with a sign");
}

TEST(TaskTypes, AnElementOfAnotherTypeIsRejectedByName) {
  const FakeOutcome outcome = run_task<Same<std::vector<std::int64_t>>>({{"value", List{1, "two"}}});
  EXPECT_EQ(outcome.kind, "permanent");
  EXPECT_EQ(outcome.message, "parameter 'value': it holds a value of another type where an int is expected");
}

struct InPlace {
  ropewalk::Size size = 0;
  struct Result {
    ropewalk::Buffer data;
  };
  Result run(ropewalk::Call& call) const {
    const ropewalk::Buffer buffer = call.buffer("data", size);
    for (std::byte& byte : buffer.span()) byte = std::byte{'x'};
    return {buffer};
  }
  static void describe(ropewalk::TaskType<InPlace>& task) {
    task.param("size", &InPlace::size).result("data", &Result::data);
  }
};

TEST(TaskTypes, BufferIsWrittenInPlace) {
  const FakeOutcome outcome = run_task<InPlace>({{"size", 3}});
  EXPECT_EQ(outcome.value("data"), FakeValue::Bytes{"xxx"});
  EXPECT_THAT(outcome.faults, IsEmpty());
}

}  // namespace
