#pragma once
// The scalars of a workflow in parsed form, each parsed once. Planning reads a scalar several times: for the graph of
// stages, for the size of vars, and once per stage for defaults. Owned by the planner; one thread.

#include "expressions/expression.hpp"
#include "workflow/node.hpp"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace ropewalk {

/// Whether it has an expression, or "$${{".
inline bool has_expression(const Node& scalar) { return scalar.text.find("${{") != std::string::npos; }

class ParsedScalars {
 public:
  ParsedScalars() = default;
  ParsedScalars(const ParsedScalars&) = delete;
  ParsedScalars& operator=(const ParsedScalars&) = delete;

  /// The parsed form of a scalar with an expression, unresolved. Valid as long as this object. `scalar` is part of a
  /// document that outlives this object.
  const ParsedText& of(const Node& scalar);
  /// An independent copy for resolving, of any scalar.
  std::vector<Piece> pieces_of(const Node& scalar);

  /// The number of scalars parsed so far.
  std::uint64_t count() const { return parsed_.size(); }

 private:
  std::unordered_map<const Node*, ParsedText> parsed_;
};

}  // namespace ropewalk
