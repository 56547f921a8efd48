#include "workflow/yaml.hpp"

#include "workflow/tree_builder.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <sstream>

namespace ropewalk {
namespace {

struct Stop {};  // thrown through yaml-cpp after a diagnostic, and caught below

/// Receives yaml-cpp's events and converts its marks to offsets.
class Handler final : public YAML::EventHandler {
 public:
  Handler(const Source& source, Diagnostics& diagnostics)
      : source_(source), diagnostics_(diagnostics), tree(source, diagnostics) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (seen_++ == 0) return;
    const bool marked = source_.text().substr(std::min(offset(mark), source_.text().size())).starts_with("---");
    diagnostics_.add(
        codes::kSecondDocument, source_.place(offset(mark)),
        marked ? "a second document begins here" : "there is more text here, behind the end of the document",
        {marked ? "a workflow is one document; put the other one in a file of its own"
                : "a workflow is one map of keys"});
    throw Stop{};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { go(tree.empty(offset(mark), anchor != 0)); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { go(tree.alias(offset(mark))); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    go(tree.scalar(offset(mark), value, tagged(tag), anchor != 0));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    go(tree.begin(Node::Kind::list, offset(mark), tagged(tag), anchor != 0));
  }
  void OnSequenceEnd() override { go(tree.end()); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    go(tree.begin(Node::Kind::map, offset(mark), tagged(tag), anchor != 0));
  }
  void OnMapEnd() override { go(tree.end()); }

 private:
  static void go(bool on) {
    if (!on) throw Stop{};
  }
  static bool tagged(const std::string& tag) { return !tag.empty() && tag != "?" && tag != "!"; }
  std::size_t offset(const YAML::Mark& mark) const {
    return source_.offset(static_cast<std::size_t>(std::max(0, mark.line)),
                          static_cast<std::size_t>(std::max(0, mark.column)));
  }

  const Source& source_;
  Diagnostics& diagnostics_;
  int seen_ = 0;

 public:
  TreeBuilder tree;
};

/// Finds the start of an unterminated quoted text: the first quote behind `from` that opens a scalar.
std::size_t opening_quote(std::string_view text, std::size_t from) {
  for (std::size_t at = from; at < text.size(); ++at) {
    const char before = at == 0 ? '\n' : text[at - 1];
    if (text[at] == '#' && (before == ' ' || before == '\n'))
      at = std::min(text.find('\n', at), text.size());
    else if ((text[at] == '"' || text[at] == '\'') && std::string_view(" \n[{,").find(before) != std::string_view::npos)
      return at;
  }
  return std::string_view::npos;
}

bool says(const YAML::Exception& e, std::string_view message) { return std::string_view(e.msg).starts_with(message); }

/// Why `text: ` is not a key. The usual causes are in the line before.
std::string why_no_key(const Source& source, std::size_t at) {
  const std::size_t number = source.line_of(at);
  const auto indent = [&](std::size_t line) { return source.line(line).find_first_not_of(' '); };
  if (number > 0 && indent(number) != std::string_view::npos && indent(number - 1) != std::string_view::npos) {
    const std::string_view before = source.line(number - 1);
    const std::size_t colon = before.find(':');
    if (colon != std::string_view::npos && colon + 1 < before.size() && before[colon + 1] != ' ' &&
        before.find(": ") == std::string_view::npos)
      return fmt::format("in line {} a space is missing behind ':'", number);
    if (indent(number) > indent(number - 1) && colon != std::string_view::npos &&
        before.find("- ") == std::string_view::npos)
      return fmt::format("the key in line {} has its value already; is this line indented too far?", number);
  }
  return "quote text that contains ': '";
}

/// Reports what has a code of its own. false: it is something else.
bool explain_by_code(const Source& source, const YAML::Exception& e, const TreeBuilder& tree, std::size_t at,
                     Diagnostics& diagnostics) {
  const std::string_view line = source.line(source.line_of(at));
  if (const std::size_t indent = line.find_first_not_of(' '); indent < line.size() && line[indent] == '\t') {
    diagnostics.add(codes::kTabIndent, source.place(source.offset(source.line_of(at), indent)),
                    "a tab cannot indent in YAML", {"indent with spaces; most editors can replace the tabs of a file"});
    return true;
  }
  if (says(e, YAML::ErrorMsg::EOF_IN_SCALAR) || says(e, YAML::ErrorMsg::DOC_IN_SCALAR)) {
    const std::size_t quote = opening_quote(source.text(), tree.last_end());
    diagnostics.add(codes::kUnclosedQuote, source.place(quote != std::string_view::npos ? quote : at),
                    "the text that begins with this quote never ends",
                    {"close it with the same quote; inside '...' a quote is written twice, inside \"...\" as \\\""});
    return true;
  }
  if (says(e, YAML::ErrorMsg::ALIAS_NOT_FOUND) || says(e, YAML::ErrorMsg::ANCHOR_NOT_FOUND) ||
      says(e, YAML::ErrorMsg::CHAR_IN_ALIAS) || says(e, YAML::ErrorMsg::CHAR_IN_ANCHOR) ||
      says(e, "the referenced anchor is not defined") || says(e, YAML::ErrorMsg::ALIAS_CONTENT)) {
    diagnostics.add(codes::kAlias, source.place(at), "anchors (&) and aliases (*) are not part of a workflow",
                    {"quote text that begins with '&' or '*', such as a pattern"});
    return true;
  }
  return false;
}

struct SyntaxFault {
  std::size_t at;
  std::string message;
  std::vector<std::string> notes;
};

/// What yaml-cpp's short message means here.
SyntaxFault fault_at(const Source& source, const YAML::Exception& e, const TreeBuilder& tree, std::size_t at) {
  const std::string_view text = source.text();
  SyntaxFault fault{at, {}, {}};
  const bool flow_map = says(e, YAML::ErrorMsg::END_OF_MAP_FLOW);
  if (flow_map || says(e, YAML::ErrorMsg::END_OF_SEQ_FLOW)) {
    const std::string_view brackets = flow_map ? "{ }" : "[ ]";
    const Node* open = tree.innermost();
    fault.message = fmt::format("a ',' or the end of the {} is missing before this", brackets);
    if (open && at >= text.size()) {
      fault.at = open->offset;
      fault.message = fmt::format("the {} that begins here is never closed", brackets);
    } else if (open)
      fault.notes.push_back(fmt::format("it was opened in line {}", source.line_of(open->offset) + 1));
  } else if (says(e, YAML::ErrorMsg::END_OF_MAP))
    fault.message = "a key and its value are expected here, or less indentation";
  else if (says(e, YAML::ErrorMsg::END_OF_SEQ))
    fault.message = "a list item '- ' is expected here, or less indentation";
  else if (says(e, YAML::ErrorMsg::FLOW_END))
    fault.message = fmt::format("nothing is open that '{}' could close", at < text.size() ? text[at] : '}');
  else if (says(e, YAML::ErrorMsg::BLOCK_ENTRY))
    fault.message = "a list item '- ' cannot begin here";
  else if (says(e, YAML::ErrorMsg::MAP_KEY))
    fault.message = "a key cannot stand here";
  else if (says(e, YAML::ErrorMsg::MAP_VALUE))
    fault.message = "': ' cannot stand here: the text before it is no key", fault.notes = {why_no_key(source, at)};
  else if (says(e, YAML::ErrorMsg::UNKNOWN_TOKEN)) {
    fault.message = "a value cannot begin with this character";
    fault.notes = {"quote text that begins with one of @ ` % , ? ] }"};
  } else if (says(e, YAML::ErrorMsg::INVALID_ESCAPE) || says(e, YAML::ErrorMsg::INVALID_HEX) ||
             says(e, YAML::ErrorMsg::INVALID_UNICODE)) {
    fault.message = "there is no such escape in \"...\"";
    fault.notes = {"write a backslash as \\\\, or use '...', where a backslash is itself"};
  } else
    fault.message = fmt::format("this is not YAML: {}", e.msg);
  return fault;
}

/// Causes before the place of the fault: a quote inside quoted text, or an unclosed quote.
void note_earlier_causes(const Source& source, const TreeBuilder& tree, std::size_t at,
                         std::vector<std::string>& notes) {
  const std::string_view text = source.text();
  const char quote = tree.last_end() > 0 && tree.last_offset() < text.size() ? text[tree.last_offset()] : ' ';
  if ((quote == '\'' || quote == '"') && at >= tree.last_end() &&
      source.line_of(at) == source.line_of(tree.last_offset()))
    notes.push_back(quote == '"' ? "the quoted text before it ended there; inside \"...\" a quote is written \\\""
                                 : "the quoted text before it ended there; inside '...' a quote is written twice");
  if (source.line_of(tree.last_offset()) < source.line_of(tree.last_end()))
    notes.push_back(fmt::format("the quoted text before it begins in line {}; is its closing quote missing?",
                                source.line_of(tree.last_offset()) + 1));
}

/// Converts yaml-cpp's short messages into actionable ones.
void explain(const Source& source, const YAML::Exception& e, const TreeBuilder& tree, Diagnostics& diagnostics) {
  const std::size_t at = source.offset(static_cast<std::size_t>(std::max(0, e.mark.line)),
                                       static_cast<std::size_t>(std::max(0, e.mark.column)));
  if (explain_by_code(source, e, tree, at, diagnostics)) return;
  SyntaxFault fault = fault_at(source, e, tree, at);
  note_earlier_causes(source, tree, fault.at, fault.notes);
  // An expression that was cut short.
  if (source.line(source.line_of(at)).find("${{") != std::string_view::npos)
    fault.notes.push_back("text with ${{ }} must be quoted inside { } and [ ], and where ': ' or ' #' occurs");
  diagnostics.add(codes::kYamlSyntax, source.place(fault.at), std::move(fault.message), std::move(fault.notes));
}

/// yaml-cpp processes %TAG and ignores unknown directives.
bool has_directive(const Source& source, Diagnostics& diagnostics) {
  for (std::size_t line = 0; line < source.lines(); ++line) {
    const std::string_view text = source.line(line);
    if (text.find_first_not_of(" \t") == std::string_view::npos || text[text.find_first_not_of(" \t")] == '#') continue;
    if (text.front() != '%') return false;
    diagnostics.add(codes::kYamlSyntax, source.place(source.offset(line, 0), text.size()),
                    "directives (%) are not part of a workflow", {"remove the line"});
    return true;
  }
  return false;
}

}  // namespace

std::optional<Node> read_yaml(const Source& source, Diagnostics& diagnostics) {
  if (has_directive(source, diagnostics)) return std::nullopt;
  Handler handler(source, diagnostics);
  try {
    // The comment ends a block scalar that keeps its line ends, the marker ends an unclosed quote or bracket. At the
    // plain end of its input, yaml-cpp silently accepts some of these.
    std::istringstream stream(std::string(source.text()) + (source.text().ends_with('\n') ? "#\n...\n" : "\n#\n...\n"));
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(handler)) {
    }
  } catch (const Stop&) {
    return std::nullopt;
  } catch (const YAML::Exception& e) {
    explain(source, e, handler.tree, diagnostics);
    return std::nullopt;
  } catch (const std::exception& e) {
    diagnostics.add(codes::kYamlSyntax, source.whole(), fmt::format("the YAML reader gave up: {}", e.what()));
    return std::nullopt;
  }
  return handler.tree.take();
}

}  // namespace ropewalk
