#include "workflow/node.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

namespace ropewalk {
namespace {

std::size_t raw_size(std::string_view raw, const Node& node) {
  const char quote = node.style == Node::Style::single_quoted ? '\'' : '"';
  switch (node.style) {
    case Node::Style::plain: return raw.substr(0, node.text.size()) == node.text ? node.text.size() : 1;
    case Node::Style::literal:
    case Node::Style::folded: return 1;
    case Node::Style::single_quoted:
    case Node::Style::double_quoted: break;
  }
  for (std::size_t at = 1; at < raw.size(); ++at) {
    if (quote == '"' && raw[at] == '\\')
      ++at;
    else if (raw[at] == quote && quote == '\'' && at + 1 < raw.size() && raw[at + 1] == quote)
      ++at;
    else if (raw[at] == quote)
      return at + 1;
  }
  return 1;
}

/// Returns the position of byte `wanted` of a quoted scalar's text in its source; nothing if a line is folded before
/// it, or if an escape does not map one byte to one byte.
std::optional<std::size_t> within_quotes(std::string_view raw, bool single, std::size_t wanted) {
  std::size_t at = 1;
  for (std::size_t text = 0; text < wanted; ++text) {
    if (at >= raw.size() || raw[at] == '\n') return std::nullopt;
    if (single && raw[at] == '\'') ++at;
    if (!single && raw[at] == '\\') {
      if (at + 1 >= raw.size() || std::string_view("0abtnvfre \"\\/").find(raw[at + 1]) == std::string_view::npos)
        return std::nullopt;
      ++at;
    }
    ++at;
  }
  return at;
}

std::optional<std::size_t> within_literal(const Source& source, const Node& node, std::size_t wanted) {
  const std::string_view before = std::string_view(node.text).substr(0, wanted);
  const std::size_t row = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  const std::size_t text_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  const std::string_view wanted_line =
      std::string_view(node.text).substr(text_start, std::string_view(node.text).find('\n', text_start) - text_start);
  const std::size_t line = source.line_of(node.offset) + 1 + row;
  const std::string_view raw = source.line(line);
  if (raw.size() < wanted_line.size() || raw.substr(raw.size() - wanted_line.size()) != wanted_line)
    return std::nullopt;
  return source.offset(line, raw.size() - wanted_line.size() + (wanted - text_start));
}

}  // namespace

void Node::sort_keys() {
  constexpr std::size_t kFew = 16;
  if (keys.size() <= kFew) return;
  by_name.resize(keys.size());
  std::iota(by_name.begin(), by_name.end(), 0u);
  std::sort(by_name.begin(), by_name.end(),
            [&](std::uint32_t a, std::uint32_t b) { return keys[a].text < keys[b].text; });
}

const Node* Node::find(std::string_view key) const {
  if (!by_name.empty()) {
    const auto at =
        std::lower_bound(by_name.begin(), by_name.end(), key,
                         [&](std::uint32_t number, std::string_view name) { return keys[number].text < name; });
    return at != by_name.end() && keys[*at].text == key ? &children[*at] : nullptr;
  }
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (keys[i].text == key) return &children[i];
  return nullptr;
}

std::string_view kind_noun(const Node& node) {
  switch (node.kind) {
    case Node::Kind::empty: return "nothing";
    case Node::Kind::scalar: return "a single value";
    case Node::Kind::list: return "a list";
    case Node::Kind::map: return "a map";
    case Node::Kind::refused: return "refused";
  }
  return "?";
}

std::size_t scalar_size(const Source& source, const Node& node) {
  return raw_size(source.text().substr(node.offset), node);
}

Place place_of(const Source& source, const Node& node) {
  if (!node.is_scalar()) return source.place(node.offset, node.extent);
  return source.place(node.offset, scalar_size(source, node));
}

Place place_in(const Source& source, const Node& node, std::size_t at, std::size_t bytes) {
  const std::string_view raw = source.text().substr(node.offset);
  std::optional<std::size_t> start, end;
  switch (node.style) {
    case Node::Style::plain:
      if (raw.substr(0, at + bytes) == std::string_view(node.text).substr(0, at + bytes))
        start = node.offset + at, end = *start + bytes;
      break;
    case Node::Style::single_quoted:
    case Node::Style::double_quoted: {
      const bool single = node.style == Node::Style::single_quoted;
      start = within_quotes(raw, single, at);
      end = within_quotes(raw, single, at + bytes);
      if (start) *start += node.offset;
      if (end) *end += node.offset;
      break;
    }
    case Node::Style::literal:
      start = within_literal(source, node, at);
      if (start) end = *start + bytes;
      break;
    case Node::Style::folded: break;
  }
  if (!start) return place_of(source, node);
  return source.place(*start, end ? *end - *start : 1);
}

}  // namespace ropewalk
