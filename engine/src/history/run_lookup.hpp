#pragma once
// Finds the run that a person means among the runs of a folder. Pure; any thread. Knows no file.

#include <ropewalk/error.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace ropewalk {

/// What a run may be called.
struct RunLabel {
  std::string name;  ///< that a person can say: "brave-otter"
  std::string id;    ///< of --json and of its events
};

/// The newest run, whatever its name.
inline constexpr std::string_view kLatest = "latest";

/// The place in `newest_first` of the run that `word` means: `latest`, a name, an id, or the beginning of one run's
/// name or id. A whole name wins over beginnings. Errors: C116 no such run, with the nearest name; C117 several runs
/// begin so.
Result<std::size_t> find_run(std::string_view word, std::span<const RunLabel> newest_first);

}  // namespace ropewalk
