// text in the fake host, compared with coreutils and the Unicode standard.

#include "unit/shipped_plugins/loaded.hpp"

using ropewalk::FakeOutcome;
using ropewalk::FakeValue;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using List = FakeValue::List;
using Map = FakeValue::Map;

namespace {

FakeOutcome text(std::string_view task, const ropewalk::FakeHost::Params& params,
                 const ropewalk::FakeSituation& situation = {}) {
  FakeOutcome outcome = run_in(SHIPPED_PLUGINS "/text.so", task, params, situation);
  EXPECT_THAT(outcome.faults, IsEmpty());
  return outcome;
}

/// The counts of a file with this content.
Map counts_in(const std::string& content) {
  const Folder folder;
  const FakeOutcome outcome = text("count", {{"path", folder.make("f", content)}});
  const auto counts = outcome.value("counts");
  return counts.get<Map>() ? *counts.get<Map>() : Map{{outcome.message, 0}};
}

std::string times(int count, std::string_view piece) {
  std::string whole;
  for (int i = 0; i < count; ++i) whole += piece;
  return whole;
}

TEST(TextCount, CountsLinesWordsBytesAndEachWord) {
  const Folder folder;
  const std::filesystem::path path = folder.make("f", "To be,\nor not to be:\nR2-D2's question");
  EXPECT_THAT(
      text("count", {{"path", path}}).results,
      ElementsAre(
          Pair("bytes", 37),
          Pair("counts",
               Map{{"be", 2}, {"d2", 1}, {"not", 1}, {"or", 1}, {"question", 1}, {"r2", 1}, {"s", 1}, {"to", 2}}),
          Pair("distinct", 8), Pair("lines", 2), Pair("path", path), Pair("words", 10)));
}

TEST(TextCount, AnEmptyFileHasNoWords) {
  const Folder folder;
  const std::filesystem::path path = folder.make("empty", "");
  EXPECT_THAT(text("count", {{"path", path}}).results,
              ElementsAre(Pair("bytes", 0), Pair("counts", Map{}), Pair("distinct", 0), Pair("lines", 0),
                          Pair("path", path), Pair("words", 0)));
}

TEST(TextCount, AgreesWithCoreutilsOnAText) {
  const std::string path = "/usr/share/common-licenses/GPL-3";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "there is no " << path;
  const FakeOutcome counted = text("count", {{"path", std::filesystem::path(path)}});
  const FakeOutcome merged = text("merge", {{"counts", List{counted.value("counts")}}});
  const FakeValue list = merged.value("lines");
  std::string lines;
  for (const FakeValue& line : *list.get<List>()) lines += std::string(line.bytes()) + "\n";
  EXPECT_EQ(lines, output_of("LC_ALL=C; export LC_ALL; tr -cs A-Za-z0-9 '\\n' <" + path +
                             " | grep . | tr A-Z a-z | sort | uniq -c | sort -k1,1nr -k2 | sed 's/^ *//'"));
  EXPECT_EQ(std::to_string(counted.integer("lines")) + " " + std::to_string(counted.integer("bytes")) + "\n",
            output_of("wc -lc <" + path + " | tr -s ' ' | sed 's/^ //'"));
}

TEST(TextCount, KeepsLettersOfAllScriptsWithoutTheirPunctuation) {
  EXPECT_EQ(counts_in("\ufeffna\u00efve \u201cna\u00efve\u201d \u00abna\u00efve\u00bb "
                      "na\u00efve\u2026\u00a0\u0416\u2014\u6f22\u5b57\u3002\u6f22\u5b57\u3000\U0001d4d0"),
            (Map{{"na\u00efve", 4}, {"\u0416", 1}, {"\u6f22\u5b57", 2}, {"\U0001d4d0", 1}}));
  EXPECT_EQ(counts_in("2\u00d73\u00f74 \u00aa\u00b5\u00ba \u6642\u3005"),
            (Map{{"2", 1}, {"3", 1}, {"4", 1}, {"\u00aa\u00b5\u00ba", 1}, {"\u6642\u3005", 1}}));
}

TEST(TextCount, BytesThatAreNotUtf8SeparateWords) {
  // A stray byte, an overlong form, a surrogate, beyond U+10FFFF, and a sequence cut by a letter, by another character,
  // by the end.
  EXPECT_EQ(counts_in("a\xff"
                      "b\x80"
                      "c\xc0\xaf"
                      "d\xe0\x9f\xbf"
                      "e\xed\xa0\x80"
                      "f\xf4\x90\x80\x80"
                      "g\xf0\x8f\xbf\xbf"
                      "h"),
            (Map{{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}, {"e", 1}, {"f", 1}, {"g", 1}, {"h", 1}}));
  EXPECT_EQ(counts_in("x\xe2\x82y\xe6\xbc\u6f22z\xe6\xbc"), (Map{{"x", 1}, {"y", 1}, {"\u6f22z", 1}}));
  EXPECT_EQ(counts_in(std::string("nul\0nul", 7)), (Map{{"nul", 2}}));
}

TEST(TextCount, AWordOrACharacterMaySpanTwoReads) {
  // In ten blocks of 128 KiB, each of the 7 bytes is the last one of some block.
  EXPECT_EQ(counts_in(times(200'000, "gr\u00fc\u00df ")), (Map{{"gr\u00fc\u00df", 200'000}}));
}

TEST(TextCount, CutsWordsBetweenTwoCharacters) {
  EXPECT_EQ(counts_in(times(100'000, "x") + " y"), (Map{{times(256, "x"), 1}, {"y", 1}}));
  EXPECT_EQ(counts_in("x" + times(1000, "\u00fc")), (Map{{"x" + times(127, "\u00fc"), 1}}));
}

TEST(TextCount, ReturnsTheMostFrequentWordsOnRequestAndCountsAll) {
  const Folder folder;
  const FakeOutcome outcome = text("count", {{"path", folder.make("f", "c c c b b a a d")}, {"most", 2}});
  EXPECT_EQ(outcome.value("counts"), (Map{{"a", 2}, {"c", 3}}));
  EXPECT_EQ(outcome.integer("words"), 8);
  EXPECT_EQ(outcome.integer("distinct"), 4);
}

TEST(TextCount, RejectsMoreDistinctWordsThanItsLimit) {
  const Folder folder;
  std::string content;
  for (int i = 0; i <= 1'000'000; ++i) content += std::to_string(i) + "\n";
  const std::filesystem::path path = folder.make("numbers", content);
  EXPECT_EQ(text("count", {{"path", path}}).message,
            "cannot count the words of '" + path.native() +
                "': it holds more than 1000000 different ones; count parts of it");
}

TEST(TextCount, ReportsWhyAFileCannotBeRead) {
  const Folder folder;
  EXPECT_EQ(text("count", {{"path", folder / "none"}}).message,
            "cannot read '" + (folder / "none").native() + "': No such file or directory");
  EXPECT_EQ(text("count", {{"path", folder.path()}}).message,
            "cannot read '" + folder.path().native() + "': it is a folder");
}

TEST(TextCount, StopsBetweenTwoReads) {
  const Folder folder;
  const std::filesystem::path path = folder.make("big", std::string(1 << 20, 'x'));
  EXPECT_EQ(text("count", {{"path", path}}, {.cancel_at_check = 3}).kind, "stopped");
}

TEST(TextMerge, AddsTheCountsAndListsThemTheMostFrequentFirst) {
  const List counts{Map{{"b", 2}, {"a", 1}}, Map{}, Map{{"a", 1}, {"c", 5}, {"\u00fc", 2}}};
  EXPECT_THAT(text("merge", {{"counts", counts}}).results,
              ElementsAre(Pair("counts", Map{{"a", 2}, {"b", 2}, {"c", 5}, {"\u00fc", 2}}), Pair("distinct", 4),
                          Pair("lines", List{"5 c", "2 a", "2 b", "2 \u00fc"}), Pair("words", 11)));
}

TEST(TextMerge, ReturnsTheMostFrequentWordsOnRequestAndAddsAll) {
  EXPECT_THAT(
      text("merge", {{"counts", List{Map{{"a", 1}, {"b", 3}}, Map{{"a", 3}, {"c", 1}}}}, {"most", 1}}).results,
      ElementsAre(Pair("counts", Map{{"a", 4}}), Pair("distinct", 3), Pair("lines", List{"4 a"}), Pair("words", 8)));
  EXPECT_THAT(text("merge", {{"counts", List{}}}).results,
              ElementsAre(Pair("counts", Map{}), Pair("distinct", 0), Pair("lines", List{}), Pair("words", 0)));
}

TEST(TextMerge, RejectsInvalidCounts) {
  const auto message = [](const List& counts) { return text("merge", {{"counts", counts}}).message; };
  EXPECT_EQ(message({Map{{"a", -1}}}), "cannot add the counts: that of 'a' is -1");
  EXPECT_EQ(message({Map{{"a", INT64_MAX}}, Map{{"b", 1}}}),
            "cannot add the counts: their sum does not fit into 64 bits");
  EXPECT_EQ(message({Map{{"a", "many"}}}),
            "parameter 'counts': it holds a value of another type where an int is expected");
  EXPECT_EQ(message({"a"}), "parameter 'counts': it holds a value of another type where a map is expected");
}

TEST(TextMerge, StopsBetweenTwoCounts) {
  EXPECT_EQ(text("merge", {{"counts", List{Map{}, Map{}}}}, {.cancel_at_check = 2}).kind, "stopped");
}

}  // namespace
