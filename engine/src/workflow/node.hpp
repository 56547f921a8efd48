#pragma once
// The positioned tree of a YAML document, built from yaml-cpp's events. Plain values. Knows no key of the language.

#include "workflow/source.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

struct Node {
  enum class Kind {
    empty,  ///< nothing, ~ or null
    scalar,
    list,
    map,
    refused,  ///< an alias or a tag, already reported, so no further diagnostic is needed
  };
  enum class Style { plain, single_quoted, double_quoted, literal, folded };

  Kind kind = Kind::empty;
  Style style = Style::plain;          ///< of a scalar
  std::size_t offset = 0;              ///< of its start in the source; for a missing value, of its key
  std::size_t extent = 1;              ///< bytes to underline if it is not a scalar
  std::string text;                    ///< of a scalar, with escapes resolved; of an empty node as written, "" or "~"
  std::vector<Node> keys;              ///< of a map: scalars, unique
  std::vector<Node> children;          ///< elements of a list, values of a map in the order of keys
  std::vector<std::uint32_t> by_name;  ///< indices of keys in the order of their text; empty if there are few

  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_list() const { return kind == Kind::list; }
  bool is_map() const { return kind == Kind::map; }
  bool is_refused() const { return kind == Kind::refused; }
  bool is_quoted() const { return style != Style::plain; }
  /// Returns the value of a key, or null.
  const Node* find(std::string_view key) const;
  /// Makes find() fast once all keys of a large map are present.
  void sort_keys();
};

/// "a list", "a map", "text", "nothing": for "wants a list, but this is ...".
std::string_view kind_noun(const Node& node);

/// Size in bytes of a scalar in the source, including its quotes; 1 if it does not lie on one line.
std::size_t scalar_size(const Source& source, const Node& node);

/// The whole scalar as it appears in the source, including its quotes; the first character of a list or map.
Place place_of(const Source& source, const Node& node);

/// A part of a scalar's text, given in bytes of Node::text. Returns the whole scalar if escapes or folded lines hide
/// the part.
Place place_in(const Source& source, const Node& node, std::size_t at, std::size_t bytes);

}  // namespace ropewalk
