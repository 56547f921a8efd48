#pragma once
// Builds the positioned tree from the events of a YAML reader, and reports content that a workflow may not have. One
// document; single-threaded. Knows no YAML library.

#include "workflow/diagnostics.hpp"
#include "workflow/node.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ropewalk {

class TreeBuilder {
 public:
  TreeBuilder(const Source& source, Diagnostics& diagnostics) : source_(source), diagnostics_(diagnostics) {}

  // Events in the order of the text. They return false, after a diagnostic, if reading must stop.
  bool scalar(std::size_t offset, const std::string& text, bool tagged, bool anchored);
  bool empty(std::size_t offset, bool anchored);
  bool alias(std::size_t offset);
  bool begin(Node::Kind kind, std::size_t offset, bool tagged, bool anchored);
  bool end();

  std::optional<Node> take() { return std::exchange(root_, std::nullopt); }
  /// Offset of the last scalar, from which the search for a syntax error starts.
  std::size_t last_offset() const { return last_offset_; }
  std::size_t last_end() const { return last_end_; }
  /// The innermost open list or map, or null.
  const Node* innermost() const { return open_.empty() ? nullptr : &open_.back().node; }

 private:
  struct Frame {
    Node node;
    bool drop_value = false;  // the key was a duplicate or was rejected
    bool has_key = false;
    std::unordered_map<std::string, std::size_t> offsets;  // of the keys so far
  };

  bool add(Node node);
  bool add_key(Frame& frame, Node node);
  void place_missing(const Frame& frame, Node& node) const;
  bool refuse_properties(std::size_t offset, bool tagged, bool anchored);
  bool ends_in_open_expression(const Node& node);

  const Source& source_;
  Diagnostics& diagnostics_;
  std::vector<Frame> open_;
  std::optional<Node> root_;
  std::size_t nodes_ = 0;
  std::size_t last_offset_ = 0, last_end_ = 0;
};

}  // namespace ropewalk
