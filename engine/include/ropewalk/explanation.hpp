#pragma once
// What each code of codes.hpp means, for people who have just met it. Constant data; any thread.

#include <string_view>
#include <vector>

namespace ropewalk {

struct Explanation {
  std::string_view code;     ///< "W204"
  std::string_view title;    ///< in a few words
  std::string_view meaning;  ///< what it is, why it is refused, the way out; sentences, without line ends
  /// Lines of a workflow, of a shell ("$ ropewalk ..."), or a note in ( ), without the last line's end. Of a workflow
  /// what every workflow has is left out.
  std::string_view diagnostic;
  std::string_view mended;   ///< the same without the diagnostic
};

/// One of each code, in the order of codes.hpp: W, P, C, R, each ascending.
const std::vector<Explanation>& explanations();

/// Null: there is no such code.
const Explanation* explanation_of(std::string_view code);

}  // namespace ropewalk
