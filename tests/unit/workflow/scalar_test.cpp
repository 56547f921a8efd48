#include "workflow/scalar.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace ropewalk {
namespace {

/// The value, or the problem as text.
std::string read(std::string_view text, Type type, bool quoted = false) {
  const ScalarReading reading = read_scalar(text, type, quoted);
  return reading.value ? fmt::format("{} {}", kind_name(reading.value->kind()), to_json(*reading.value))
                       : reading.problem;
}

TEST(Scalar, Y09_IntsMustBeDecimalAndWhole) {
  EXPECT_EQ(read("-1", Type::integer), "int -1");
  EXPECT_EQ(read("99999999999999", Type::integer), "int 99999999999999");
  EXPECT_EQ(read("9223372036854775807", Type::integer), "int 9223372036854775807");
  EXPECT_EQ(read("9223372036854775808", Type::integer), "'9223372036854775808' is too large");
  EXPECT_EQ(read("010", Type::integer), "'010' has a leading zero");
  EXPECT_EQ(read("0x10", Type::integer), "'0x10' is none");
  EXPECT_EQ(read("1.0", Type::integer), "'1.0' is none");
  EXPECT_EQ(read("1_000", Type::integer), "'1_000' is none");
  EXPECT_EQ(read("+5", Type::integer), "'+5' is none");
  EXPECT_EQ(read("", Type::integer), "'' is none");
  EXPECT_EQ(read("5", Type::integer, true), "'5' is quoted, which makes it text");
}

TEST(Scalar, Y09_FloatsAreFinite) {
  EXPECT_EQ(read("1", Type::real), "float 1.0");
  EXPECT_EQ(read("-2.5e-3", Type::real), "float -0.0025");
  EXPECT_EQ(read("1e9999", Type::real), "'1e9999' cannot be held in a float");
  EXPECT_EQ(read(".inf", Type::real), "'.inf' is none");
  EXPECT_EQ(read(".nan", Type::real), "'.nan' is none");
  EXPECT_EQ(read("nan", Type::real), "'nan' is none");
  EXPECT_EQ(read(".5", Type::real), "'.5' is none");
}

TEST(Scalar, Y09_DurationsNeedAUnitAndBecomeSeconds) {
  EXPECT_EQ(read("5s", Type::duration), "float 5.0");
  EXPECT_EQ(read("300ms", Type::duration), "float 0.3");
  EXPECT_EQ(read("1h30m", Type::duration), "float 5400.0");
  EXPECT_EQ(read("1.5d", Type::duration), "float 129600.0");
  EXPECT_EQ(read("0s", Type::duration), "float 0.0");
  EXPECT_EQ(read("250us", Type::duration), "float 0.00025");
  EXPECT_EQ(read("5", Type::duration), "'5' has no unit");
  EXPECT_EQ(read("30m1h", Type::duration), "'30m1h' is none");
  EXPECT_EQ(read("1m1m", Type::duration), "'1m1m' is none");
  EXPECT_EQ(read("5 s", Type::duration), "'5 s' is none");
  EXPECT_EQ(read("5.s", Type::duration), "'5.s' is none");
  EXPECT_EQ(read("-5s", Type::duration), "'-5s' is negative");
  EXPECT_EQ(read("", Type::duration), "'' is none");
  EXPECT_EQ(read("999999999999d", Type::duration), "'999999999999d' is too long");
}

TEST(Scalar, Y09_ADurationWithoutAUnitGetsASuggestion) {
  const auto fix = [](std::string_view text) { return read_scalar(text, Type::duration, false).fix; };
  EXPECT_EQ(fix("30"), "write 30s for seconds; the units are ns us ms s m h d");
  EXPECT_EQ(fix("1.5"), "write 1.5s for seconds; the units are ns us ms s m h d");
  EXPECT_EQ(fix("1h30"), "write a number and its unit (ns us ms s m h d), such as 300ms or 1h30m");
  EXPECT_EQ(fix("thirty"), "write a number and its unit (ns us ms s m h d), such as 300ms or 1h30m");
}

TEST(Scalar, SizesAreWholeBytes) {
  EXPECT_EQ(read("64MiB", Type::size), "int 67108864");
  EXPECT_EQ(read("1.5GiB", Type::size), "int 1610612736");
  EXPECT_EQ(read("2kB", Type::size), "int 2000");
  EXPECT_EQ(read("4096", Type::size), "int 4096");
  EXPECT_EQ(read("0.1B", Type::size), "'0.1B' is no whole number of bytes");
  EXPECT_EQ(read("-1B", Type::size), "'-1B' is negative");
  EXPECT_EQ(read("99999999TiB", Type::size), "'99999999TiB' is too large");
  EXPECT_EQ(read("5 MB", Type::size), "'5 MB' is none");
  EXPECT_EQ(read("5mb", Type::size), "'5mb' is none");
}

TEST(Scalar, Y10_OnlyTrueAndFalseAreBools) {
  EXPECT_EQ(read("true", Type::boolean), "bool true");
  EXPECT_EQ(read("false", Type::boolean), "bool false");
  for (const char* text : {"yes", "no", "on", "off", "y", "True", "TRUE", "1", "~", ""})
    EXPECT_EQ(read(text, Type::boolean), fmt::format("'{}' is neither true nor false", text));
}

TEST(Scalar, TextIsKeptAsWritten) {
  EXPECT_EQ(read("1.10", Type::text), "text \"1.10\"");
  EXPECT_EQ(read("yes", Type::text), "text \"yes\"");
  EXPECT_EQ(read("010", Type::text), "text \"010\"");
  EXPECT_EQ(read("010", Type::path), "path \"010\"");
  EXPECT_EQ(read(std::string_view("a\0b", 3), Type::path), "it contains a NUL character");
}

TEST(Scalar, Y10_UntypedTextThatReadersInterpretDifferentlyIsRejected) {
  EXPECT_EQ(read("true", Type::any), "bool true");
  EXPECT_EQ(read("-3", Type::any), "int -3");
  EXPECT_EQ(read("hello", Type::any), "text \"hello\"");
  EXPECT_EQ(read("2024-01-01", Type::any), "text \"2024-01-01\"");
  EXPECT_EQ(read("1.2.3", Type::any), "text \"1.2.3\"");
  EXPECT_EQ(read("5s", Type::any), "text \"5s\"");
  EXPECT_EQ(read("0xyz", Type::any), "text \"0xyz\"");
  for (const char* text : {"yes", "No", "on", "OFF", "y", "n", "True", "010", "-007", "0x1F", "0o17", "+5", ".5", "5.",
                           "1_000", ".inf", "-.Inf", ".NaN"}) {
    EXPECT_EQ(read(text, Type::any), fmt::format("'{}' can be read in more than one way", text));
    EXPECT_EQ(read(text, Type::any, true), fmt::format("text \"{}\"", text));
  }
}

TEST(Scalar, UntypedNumbersAreRejectedIfTheirTextWouldChange) {
  for (const char* text : {"3.9", "1.0", "-0.5", "500000.0", "1e-07", "0", "-3", "9007199254740992.0"})
    EXPECT_EQ(read(text, Type::any).substr(read(text, Type::any).find(' ') + 1), text);
  EXPECT_EQ(read("3.10", Type::any), "'3.10' as a number would be 3.1");
  EXPECT_EQ(read("12e5", Type::any), "'12e5' as a number would be 1200000.0");
  EXPECT_EQ(read("1e-3", Type::any), "'1e-3' as a number would be 0.001");
  EXPECT_EQ(read("0.30000000000000001", Type::any), "'0.30000000000000001' as a number would be 0.3");
  EXPECT_EQ(read("-0", Type::any), "'-0' as a number would be 0");
  EXPECT_EQ(read("3.10", Type::any, true), "text \"3.10\"");
  EXPECT_EQ(read("3.10", Type::real), "float 3.1") << "what is declared as a number is one";
  EXPECT_EQ(read("3.10", Type::text), "text \"3.10\"");
}

TEST(Scalar, MessagesEscapeAndCutForeignText) {
  EXPECT_EQ(read("a\x1b[31m\n", Type::integer), "'a\\x1b[31m\\n' is none");
  EXPECT_EQ(read(std::string(100, 'x'), Type::integer), "'" + std::string(60, 'x') + "...' is none");
}

}  // namespace
}  // namespace ropewalk
