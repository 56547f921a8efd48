#include <ropewalk/redaction.hpp>

#include "base/text.hpp"

#include <gtest/gtest.h>

namespace ropewalk {
namespace {

Redaction hiding(std::initializer_list<Value> secrets) {
  Redaction redaction;
  for (const Value& secret : secrets) redaction.add(secret);
  return redaction;
}

TEST(Redaction, ReplacesEveryOccurrenceAndNothingElse) {
  const Redaction redaction = hiding({"swordfish"});
  EXPECT_EQ(redaction.text("swordfish"), "***");
  EXPECT_EQ(redaction.text("user=me&key=swordfish&x=swordfishes"), "user=me&key=***&x=***es");
  EXPECT_EQ(redaction.text("swordfishswordfish"), "***");
  EXPECT_EQ(redaction.text("sword fish"), "sword fish");
  EXPECT_EQ(redaction.text(""), "");
  EXPECT_TRUE(redaction.is_clean("sword"));
  EXPECT_FALSE(redaction.is_clean("a swordfish"));
}

TEST(Redaction, TheLongerOfTwoSecretsIsHiddenCompletely) {
  const Redaction redaction = hiding({"pass", "password1", "word1234"});
  EXPECT_EQ(redaction.text("a password1 b"), "a *** b");
  EXPECT_EQ(redaction.text("password1234"), "***") << "they overlap";
  EXPECT_EQ(redaction.text("pass"), "***");
}

TEST(Redaction, HidesEveryEncodingOfASecret) {
  const std::string secret = "it's \"a\\b\"\t/é";
  const Redaction redaction = hiding({secret});
  EXPECT_EQ(redaction.text(R"({"key": "it's \"a\\b\"\t/é"})"), R"({"key": "***"})") << "JSON";
  EXPECT_EQ(redaction.text("no file '" + escape_for_display(secret) + "'"), "no file '***'") << "a terminal";
  EXPECT_EQ(redaction.text("echo 'it'\\''s \"a\\b\"\t/é'"), "echo '***'") << "a shell";
  EXPECT_EQ(redaction.text("?key=it%27s%20%22a%5Cb%22%09%2F%C3%A9&x"), "?key=***&x") << "a URL";
  for (const std::string before : {"", "a", "ab", "abc", "user:"}) {
    std::string base64;
    append_base64(base64, before + secret + " and more");
    EXPECT_NE(redaction.text("Basic " + base64).find("***"), std::string::npos) << base64;
  }
}

TEST(Redaction, AShortSecretIsHiddenOnlyAsAWholeWord) {
  const Redaction redaction = hiding({"42", 7});
  EXPECT_EQ(redaction.text("42"), "***");
  EXPECT_EQ(redaction.text("pin 42, code=42;"), "pin ***, code=***;");
  EXPECT_EQ(redaction.text("421 x42 4242 é42"), "421 x42 4242 é42");
  EXPECT_EQ(redaction.text("7 of 17"), "*** of 17");
}

TEST(Redaction, EmptyAndBlankTextsAreNotSecrets) {
  EXPECT_TRUE(hiding({"", " ", "\n", Value(), true, List{}, Map{{"name", ""}}}).empty());
  EXPECT_EQ(hiding({""}).text("as it is"), "as it is");
}

TEST(Redaction, EveryElementOfAListOrMapIsASecret) {
  const Redaction redaction = hiding({List{"first-one", Map{{"user", "second-one"}}, 12345}});
  EXPECT_EQ(redaction.text("first-one second-one 12345 user"), "*** *** *** user");
}

TEST(Redaction, EachLineOfALongSecretIsASecret) {
  const Redaction redaction = hiding({"-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA\r\nab\n-----END KEY-----\n"});
  EXPECT_EQ(redaction.text("last line: MIIEpAIBAAKCAQEA"), "last line: ***");
  EXPECT_EQ(redaction.text("-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA\r\nab\n-----END KEY-----"), "***");
  EXPECT_EQ(redaction.text("cab ab"), "cab ab") << "a short line says little";
}

TEST(Redaction, ATextThatWasCutWithinASecretShowsNoPartOfIt) {
  const Redaction redaction = hiding({"correct horse battery"});
  EXPECT_EQ(redaction.text("key: correct hors"), "key: ***");
  EXPECT_EQ(redaction.text("se battery is the key"), "*** is the key");
  EXPECT_EQ(redaction.text("key: correct"), "key: correct") << "seven bytes";
}

TEST(Redaction, EveryPartOfAValueIsRedacted) {
  const Redaction redaction = hiding({"swordfish", 1234});
  EXPECT_EQ(redaction.value("a swordfish"), Value("a ***"));
  EXPECT_EQ(redaction.value(Path{"/home/swordfish/x"}), Value(Path{"/home/***/x"}));
  EXPECT_EQ(redaction.value(Bytes{"\xffswordfish"}), Value(Bytes{"\xff***"}));
  EXPECT_EQ(redaction.value(1234), Value("***"));
  EXPECT_EQ(redaction.value(12345), Value(12345));
  EXPECT_EQ(redaction.value(List{1, "swordfish", Map{{"swordfish", 1}, {"***", 2}}}),
            Value(List{1, "***", Map{{"***", 2}, {"******", 1}}}));
  EXPECT_EQ(redaction.value(true), Value(true));
}

TEST(Redaction, ASourceLineWithASecretIsLeftOutOfAnError) {
  const Redaction redaction = hiding({"swordfish"});
  const Error shown =
      redaction.error({"W204", "'swordfish' is no int", {"a.yaml", 3, 5, 2, "  key: swordfish"}, {"write swordfish"}});
  EXPECT_EQ(shown, (Error{"W204", "'***' is no int", {"a.yaml", 3, 5, 2, ""}, {"write ***"}}));
}

TEST(Redaction, ReportsTheUndecidedEndOfAStream) {
  const Redaction redaction = hiding({"swordfish", "42"});
  EXPECT_EQ(redaction.undecided("a sword"), 5u);
  EXPECT_EQ(redaction.undecided("a swords"), 0u + 1) << "the s";
  EXPECT_EQ(redaction.undecided("a swordfish"), 0u);
  EXPECT_EQ(redaction.undecided("is 42"), 2u) << "a digit may follow";
  EXPECT_EQ(redaction.undecided("is 42 "), 0u);
  EXPECT_EQ(redaction.undecided("is 4212"), 0u);
  EXPECT_EQ(redaction.undecided(""), 0u);
}

}  // namespace
}  // namespace ropewalk
