#pragma once
// Explanations of the codes in codes.hpp. Constant data; any thread.

#include <string_view>
#include <vector>

namespace ropewalk {

/// What a code means, with an example. Borrowed static text.
struct Explanation {
  std::string_view code;     ///< "W204"
  std::string_view title;    ///< in a few words
  std::string_view meaning;  ///< the problem, why it is rejected, the fix; sentences, without line ends
  /// An example with the problem: lines of a workflow, of a shell ("$ ropewalk ..."), or a note in ( ), without the
  /// last line's end. Lines that every workflow has are left out.
  std::string_view diagnostic;
  std::string_view corrected;  ///< the example without the problem
};

/// One explanation per code, in the order of codes.hpp: W, P, C, R, each ascending.
const std::vector<Explanation>& explanations();

/// Null: the code does not exist.
const Explanation* explanation_of(std::string_view code);

}  // namespace ropewalk
