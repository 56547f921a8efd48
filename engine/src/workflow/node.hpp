#pragma once
// The positioned tree of a YAML document: what yaml-cpp's events become. Plain values. Knows no key of the language.

#include "workflow/source.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

struct Node {
  enum class Kind {
    empty,    ///< nothing, ~ or null
    scalar,
    list,
    map,
    refused,  ///< an alias, a tag: already told as a diagnostic, so nobody complains about it again
  };
  enum class Style { plain, single_quoted, double_quoted, literal, folded };

  Kind kind = Kind::empty;
  Style style = Style::plain;  ///< of a scalar
  std::size_t offset = 0;      ///< where it begins in the source; of a value that is not there, its key
  std::size_t extent = 1;      ///< bytes to underline where it is no scalar
  std::string text;            ///< of a scalar, its escapes resolved; of an empty node what was written, "" or "~"
  std::vector<Node> keys;      ///< of a map: scalars, unique
  std::vector<Node> children;  ///< elements of a list, values of a map in the order of keys
  std::vector<std::uint32_t> by_name;  ///< numbers of keys in the order of their text; empty: there are few


  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_list() const { return kind == Kind::list; }
  bool is_map() const { return kind == Kind::map; }
  bool is_refused() const { return kind == Kind::refused; }
  bool is_quoted() const { return style != Style::plain; }
  /// The value of a key, or null.
  const Node* find(std::string_view key) const;
  /// Makes find() fast once all keys of a large map are there.
  void sort_keys();
};

/// "a list", "a map", "text", "nothing": for "wants a list, but this is ...".
std::string_view kind_noun(const Node& node);

/// Bytes of a scalar as it stands in the source, its quotes included; 1 where it has no such stretch on one line.
std::size_t scalar_size(const Source& source, const Node& node);

/// All of a scalar as it stands in the source, its quotes included; the first character of a list or map.
Place place_of(const Source& source, const Node& node);

/// A stretch of a scalar's text, given in bytes of Node::text. Where escapes or folded lines hide it, the scalar.
Place place_in(const Source& source, const Node& node, std::size_t at, std::size_t bytes);

}  // namespace ropewalk
