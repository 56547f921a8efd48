#pragma once
// The scalars of a workflow in parsed form. Planning reads a scalar several times: the graph looks for the stages that
// it names, vars are weighed, each stage compiles the defaults for itself. Each scalar is parsed once all the same.
// Owned by the planner; one thread.

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

  /// As it was written, of a scalar that has an expression; stays valid as long as this. `scalar` is part of a
  /// document, which outlives this.
  const ParsedText& of(const Node& scalar);
  /// A copy to be resolved, which shares nothing with others; of any scalar.
  std::vector<Piece> pieces_of(const Node& scalar);

  /// How many scalars were parsed so far.
  std::uint64_t count() const { return parsed_.size(); }

 private:
  std::unordered_map<const Node*, ParsedText> parsed_;
};

}  // namespace ropewalk
