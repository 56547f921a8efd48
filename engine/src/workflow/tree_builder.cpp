#include "workflow/tree_builder.hpp"

#include "base/text.hpp"
#include "workflow/yaml.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

namespace ropewalk {
namespace {

Node::Style style_at(std::string_view raw) {
  switch (raw.empty() ? ' ' : raw.front()) {
    case '\'': return Node::Style::single_quoted;
    case '"': return Node::Style::double_quoted;
    case '|': return Node::Style::literal;
    case '>': return Node::Style::folded;
    default: return Node::Style::plain;
  }
}

/// The plain ~ or null at the start of `raw`, or "".
std::string_view null_word(std::string_view raw) {
  for (const std::string_view word :
       {std::string_view("~"), std::string_view("null"), std::string_view("Null"), std::string_view("NULL")})
    if (raw.starts_with(word) &&
        (raw.size() == word.size() || std::string_view(" \n\t,]}:").find(raw[word.size()]) != std::string_view::npos))
      return word;
  return {};
}

}  // namespace

bool TreeBuilder::refuse_properties(std::size_t offset, bool tagged, bool anchored) {
  const char first = offset < source_.text().size() ? source_.text()[offset] : ' ';
  if (anchored || first == '&')
    diagnostics_.add(codes::kAlias, source_.place(offset), "anchors (&) and aliases (*) are not part of a workflow",
                     {"write the value out, or give it once in 'params' or 'defaults'"});
  else if (tagged || first == '!')
    diagnostics_.add(codes::kTag, source_.place(offset), "tags (!) are not part of a workflow",
                     {"remove it; quote text that begins with '!'"});
  else
    return false;
  return true;
}

/// Whether YAML ended a plain scalar within ${{ }}: at '{' inside { } or [ ], at ': ' or at ' #'.
bool TreeBuilder::ends_in_open_expression(const Node& node) {
  if (node.style != Node::Style::plain) return false;
  const std::size_t open = node.text.rfind("${{");
  const bool cut_inside = open != std::string::npos && node.text.find("}}", open) == std::string::npos;
  const bool cut_at_start =
      node.text.ends_with('$') && source_.text().substr(std::min(last_end_, source_.text().size())).starts_with("{{");
  if (!cut_inside && !cut_at_start) return false;
  const std::size_t at = cut_inside ? open : node.text.size() - 1;
  diagnostics_.add(
      codes::kUnquotedExpression, place_in(source_, node, at, cut_inside ? node.text.size() - at : 1),
      "YAML ends this text inside its ${{ }}",
      {"put the whole text in double quotes, as in \"${{ item }}\": that is needed inside { } and [ ], and where "
       "': ' or ' #' occurs"});
  return true;
}

bool TreeBuilder::scalar(std::size_t offset, const std::string& text, bool tagged, bool anchored) {
  Node node;
  node.kind = Node::Kind::scalar;
  node.style = style_at(source_.text().substr(offset));
  node.offset = offset;
  node.text = text;
  last_offset_ = offset;
  last_end_ = offset + scalar_size(source_, node);
  if (refuse_properties(offset, tagged, anchored))
    node.kind = Node::Kind::refused;
  else if (ends_in_open_expression(node))
    return false;
  return add(std::move(node));
}

bool TreeBuilder::empty(std::size_t offset, bool anchored) {
  Node node;
  node.offset = offset;
  node.text = null_word(source_.text().substr(std::min(offset, source_.text().size())));
  node.extent = std::max<std::size_t>(1, node.text.size());
  if (refuse_properties(offset, false, anchored)) node.kind = Node::Kind::refused;
  return add(std::move(node));
}

bool TreeBuilder::alias(std::size_t offset) {
  refuse_properties(offset, false, true);
  Node node;
  node.kind = Node::Kind::refused;
  node.offset = offset;
  return add(std::move(node));
}

bool TreeBuilder::begin(Node::Kind kind, std::size_t offset, bool tagged, bool anchored) {
  refuse_properties(offset, tagged, anchored);
  if (open_.size() >= kMaxYamlDepth) {
    diagnostics_.add(codes::kTooDeep, source_.place(offset),
                     fmt::format("lists and maps are nested more than {} deep here", kMaxYamlDepth),
                     {"no part of a workflow needs that; look for a bracket too many"});
    return false;
  }
  Frame frame;
  frame.node.kind = kind;
  frame.node.offset = offset;
  open_.push_back(std::move(frame));
  return true;
}

bool TreeBuilder::end() {
  Node node = std::move(open_.back().node);
  open_.pop_back();
  node.sort_keys();
  return add(std::move(node));
}

bool TreeBuilder::add_key(Frame& frame, Node node) {
  frame.has_key = true;
  frame.drop_value = true;
  if (node.is_refused()) return true;
  if (node.kind == Node::Kind::empty && !node.text.empty()) node.kind = Node::Kind::scalar;
  if (!node.is_scalar()) {
    diagnostics_.add(codes::kWrongForm, source_.place(node.offset),
                     fmt::format("a key is one word, this is {}", kind_noun(node)));
    return true;
  }
  if (node.text == "<<" && !node.is_quoted()) {
    diagnostics_.add(codes::kMergeKey, place_of(source_, node), "merge keys (<<) are not part of a workflow",
                     {"what several stages share belongs in 'defaults'"});
    return true;
  }
  const auto [before, fresh] = frame.offsets.emplace(node.text, node.offset);
  if (!fresh) {
    const std::string first =
        source_.is_spec() ? std::string() : fmt::format(", first in line {}", source_.line_of(before->second) + 1);
    diagnostics_.add(codes::kDuplicateKey, place_of(source_, node),
                     fmt::format("the key '{}' is given twice{}", escape_for_display(node.text), first),
                     {"keep one of the two"});
    return true;
  }
  frame.drop_value = false;
  frame.node.keys.push_back(std::move(node));
  return true;
}

/// A YAML reader notices a missing value only at the next token, so move its place to the key or dash.
void TreeBuilder::place_missing(const Frame& frame, Node& node) const {
  if (frame.node.is_map() && frame.has_key && !frame.drop_value) {
    node.offset = frame.node.keys.back().offset;
    node.extent = scalar_size(source_, frame.node.keys.back());
  } else if (frame.node.is_list()) {
    const std::size_t dash = source_.text().substr(0, node.offset).find_last_not_of(" \n");
    if (dash != std::string_view::npos) node.offset = dash;
  }
}

bool TreeBuilder::add(Node node) {
  if (++nodes_ > kMaxNodes) {
    diagnostics_.add(codes::kTooManyNodes, source_.place(node.offset),
                     fmt::format("the workflow has more than {} keys and values", kMaxNodes),
                     {"long lists of items belong in a file of their own: foreach: {lines: FILE}"});
    return false;
  }
  if (open_.empty()) {
    root_ = std::move(node);
    return true;
  }
  Frame& frame = open_.back();
  if (node.kind == Node::Kind::empty && node.text.empty()) {
    // yaml-cpp creates an element for the nothing between two commas.
    if (frame.node.is_list() && source_.text().substr(std::min(node.offset, source_.text().size())).starts_with(',')) {
      diagnostics_.add(codes::kYamlSyntax, source_.place(node.offset), "an element is missing before this ','",
                       {"remove the ',', or write the element"});
      return false;
    }
    place_missing(frame, node);
  }
  if (frame.node.is_list())
    frame.node.children.push_back(std::move(node));
  else if (!frame.has_key)
    return add_key(frame, std::move(node));
  else {
    frame.has_key = false;
    if (!frame.drop_value) frame.node.children.push_back(std::move(node));
  }
  return true;
}

}  // namespace ropewalk
