#pragma once
// What differs between an attempt and the one before it, of an earlier session: plugin, task type, parameters and
// files, each with both values. Pure text.

#include <ropewalk/record.hpp>

#include <string>
#include <utility>
#include <vector>

namespace ropewalk {

/// What an attempt was made of.
struct AttemptInputs {
  RecordedStage stage = {};                                          ///< as its session had it
  std::vector<std::pair<std::string, std::string>> parameters = {};  ///< {name, value as JSON}
  std::string problem = {};                                          ///< why there are no parameters; empty: there are
  std::vector<RecordedFile> files = {};                              ///< of this attempt
};

/// "width: 80 -> 90", "file 'a.txt' (reads): 12 bytes of 2026-11-29 12:03:11 -> ...". Empty: nothing that is known.
std::vector<std::string> differences(const AttemptInputs& before, const AttemptInputs& after);

/// "12 bytes of 2026-11-29 12:03:11, content 00ab...", "not there".
std::string file_text(const RecordedFile& file);

}  // namespace ropewalk
