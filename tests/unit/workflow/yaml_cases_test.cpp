// The interpretation by YAML 1.2 of the constructs that workflows use, and that of Ropewalk's reader: the same, or a
// rejection. Nothing is silently read differently. Each case that YAML 1.2 accepts and Ropewalk rejects has a reason.

#include "workflow/text_file.hpp"
#include "workflow/yaml.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ropewalk {
namespace {

/// Flow style, scalars in '', nothing as ~.
std::string shown(const Node& node) {
  std::string text;
  switch (node.kind) {
    case Node::Kind::empty: return "~";
    case Node::Kind::scalar: {
      std::string escaped;
      for (const char c : node.text) c == '\n' ? escaped += "\\n" : c == '\t' ? escaped += "\\t" : escaped += c;
      return "'" + escaped + "'";
    }
    case Node::Kind::list:
      for (const Node& child : node.children) text += (text.empty() ? "" : ", ") + shown(child);
      return "[" + text + "]";
    case Node::Kind::map:
      for (std::size_t i = 0; i < node.keys.size(); ++i)
        text += (i == 0 ? "" : ", ") + shown(node.keys[i]) + ": " + shown(node.children[i]);
      return "{" + text + "}";
    case Node::Kind::refused: return "refused";
  }
  return "?";
}

std::string read(const std::string& text) {
  const auto source = check_text(text, "case.yaml");
  if (!source) return "refused";
  Diagnostics diagnostics;
  const auto root = read_yaml(*source, diagnostics);
  return root && diagnostics.empty() ? shown(*root) : "refused";
}

struct Case {
  const char* text;
  const char* yaml_1_2;        ///< the interpretation by the standard; "refused": not valid YAML
  const char* ours = nullptr;  ///< set if it differs
  const char* why = "";
};

const std::vector<Case> kCases = {
    // scalars
    {"a: b", "{'a': 'b'}"},
    {"a: 'it''s'", "{'a': 'it's'}"},
    {"a: \"\\x41\\u00e9\\t\\\\\"", "{'a': 'Aé\\t\\'}"},
    {"a: \"\\/\"", "{'a': '/'}"},
    {"a: \"\\q\"", "refused"},
    {"a: 'a\\nb'", "{'a': 'a\\nb'}"},
    {"a: one\n  two", "{'a': 'one two'}"},
    {"a: one\n\n  two", "{'a': 'one\\ntwo'}"},
    {"a: 'one\n  two'", "{'a': 'one two'}"},
    {"a: \"one\\\n  two\"", "{'a': 'onetwo'}"},
    {"a: b c  ", "{'a': 'b c'}"},
    {"a: b #c", "{'a': 'b'}"},
    {"a: b#c", "{'a': 'b#c'}"},
    {"a: #c", "{'a': ~}"},
    {"a: \"b\" #c", "{'a': 'b'}"},
    {"a: b:c", "{'a': 'b:c'}"},
    {"a: :b", "{'a': ':b'}"},
    {"a: -b", "{'a': '-b'}"},
    {"a: ?b", "{'a': '?b'}"},
    {"a: b]", "{'a': 'b]'}"},
    {"a: b, c", "{'a': 'b, c'}"},
    {"a: b{c}", "{'a': 'b{c}'}"},
    {"a: ~", "{'a': ~}"},
    {"a: null", "{'a': ~}"},
    {"a: ''", "{'a': ''}"},
    {"a: @b", "refused"},
    {"a: `b`", "refused"},
    {"a: %b", "refused"},
    {"a: ]", "refused"},
    {"a: ,b", "refused"},
    {"a: b: c", "refused"},
    {"a: \"b\" c", "refused"},
    {"a: 'b'c", "refused"},
    {"a: 'b", "refused"},
    {"a: \"b", "refused"},
    // literal and folded
    {"a: |\n  b\n  c\n", "{'a': 'b\\nc\\n'}"},
    {"a: |-\n  b\n", "{'a': 'b'}"},
    {"a: |+\n  b\n\n", "{'a': 'b\\n\\n'}"},
    {"a: |2\n    b\n", "{'a': '  b\\n'}"},
    {"a: >\n  b\n  c\n\n  d\n", "{'a': 'b c\\nd\\n'}"},
    {"a: >\n  b\n    c\n  d\n", "{'a': 'b\\n  c\\nd\\n'}"},
    {"a: |\n  # no comment\n", "{'a': '# no comment\\n'}"},
    {"a: | # comment\n  b\n", "{'a': 'b\\n'}"},
    {"a: |\n\n  b\n", "{'a': '\\nb\\n'}"},
    {"a: |\n  b\n c\n", "refused"},
    {"a: |\n  b", "{'a': 'b'}", "{'a': 'b\\n'}", "a last line that does not end is given its end, as by most editors"},
    // lists and maps
    {"- a\n- - b\n  - c\n", "['a', ['b', 'c']]"},
    {"a:\n- b\n- c\n", "{'a': ['b', 'c']}"},
    {"- a: b\n  c: d\n", "[{'a': 'b', 'c': 'd'}]"},
    {"-\n  a: b\n", "[{'a': 'b'}]"},
    {"-a: b", "{'-a': 'b'}"},
    {"a b: c", "{'a b': 'c'}"},
    {"'a': b", "{'a': 'b'}"},
    {"a:\n  b: c\n d: e\n", "refused"},
    {"a: b\n c: d\n", "refused"},
    {"- a\nb: c\n", "refused"},
    {"a: b\n- c\n", "refused"},
    {"a: - b", "refused"},
    {"a:\n  - b\n - c\n", "refused"},
    {"a: b\na: c\n", "refused"},
    {"? a\n: b\n", "{'a': 'b'}"},
    {"[a, b]: c", "{['a', 'b']: 'c'}", "refused", "keys are text"},
    // in { } and [ ]
    {"{a: b, c: d}", "{'a': 'b', 'c': 'd'}"},
    {"[a, b]", "['a', 'b']"},
    {"[a, b,]", "['a', 'b']"},
    {"{a: b,}", "{'a': 'b'}"},
    {"[]", "[]"},
    {"{}", "{}"},
    {"[a, , b]", "refused"},
    {"[, a]", "refused"},
    {"{a: b, , c: d}", "refused"},
    {"{a}", "{'a': ~}"},
    {"{a, b: c}", "{'a': ~, 'b': 'c'}"},
    {"{a: }", "{'a': ~}"},
    {"{a:b}", "{'a:b': ~}"},
    {"{\"a\":b}", "{'a': 'b'}"},
    {"{'a':'b'}", "{'a': 'b'}"},
    {"{a: b:c}", "{'a': 'b:c'}"},
    {"[a: b]", "[{'a': 'b'}]"},
    {"[a b, c\n  d]", "['a b', 'c d']"},
    {"[a, # comment\n b]", "['a', 'b']"},
    {"[a#b]", "['a#b']"},
    {"{a: b? c}", "{'a': 'b? c'}", "refused", "yaml-cpp ends plain text at '?' there, which would change what it says"},
    {"[a?b]", "['a?b']", "refused", "the same"},
    {"[a]#b", "refused", "['a']",
     "yaml-cpp sees a comment; the standard wants a space before it, and nothing else could be meant"},
    {"[a", "refused"},
    {"{a: b", "refused"},
    {"[a]]", "refused"},
    {"{a: {b: [c, {d: e}]}}", "{'a': {'b': ['c', {'d': 'e'}]}}"},
    {"[${{ a }}]", "refused"},
    {"a: ${{ b }}", "{'a': '${{ b }}'}"},
    {"a: \"${{ b }}\"", "{'a': '${{ b }}'}"},
    // tabs
    {"a:\tb", "{'a': 'b'}"},
    {"a: b\t# comment", "{'a': 'b'}"},
    {"\ta: b", "refused"},
    {"a:\n\tb: c", "refused"},
    {"a:\n\t- b", "refused"},
    // documents
    {"---\na: b\n", "{'a': 'b'}"},
    {"a: b\n...\n", "{'a': 'b'}"},
    {"a: b\n---\nc: d\n", "two documents", "refused", "a workflow is one document; the second would be lost"},
    {"%YAML 1.2\n---\na: b\n", "{'a': 'b'}", "refused",
     "there is one version of the language, and the key `ropewalk` says which"},
    {"# only a comment\n", "~"},
    // constructs that could hide meaning
    {"a: &x b", "{'a': 'b'}", "refused", "anchors make text depend on text that is far away"},
    {"a: *x", "refused"},
    {"a: !!str b", "{'a': 'b'}", "refused", "types are declared by plugins and params"},
    {"<<: {a: b}", "{'<<': {'a': 'b'}}", "refused", "a merge key in YAML 1.1: it would not do what its author means"},
};

TEST(Yaml, IsReadAsTheStandardSpecifiesOrRejectedForAReason) {
  for (const Case& each : kCases) {
    EXPECT_EQ(each.ours != nullptr, *each.why != '\0') << each.text;
    EXPECT_EQ(read(each.text), each.ours != nullptr ? each.ours : each.yaml_1_2) << each.text;
  }
}

}  // namespace
}  // namespace ropewalk
