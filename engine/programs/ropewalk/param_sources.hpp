#pragma once
// Values of params from files and from the environment, where `ps` does not show them.

#include <ropewalk/error.hpp>

#include <string>
#include <utility>
#include <vector>

namespace ropewalk::cli {

/// {name, text} for each "NAME=PATH": the content of the file without one final line end. The Error names a file that
/// cannot be read.
Result<std::vector<std::pair<std::string, std::string>>> read_set_files(const std::vector<std::string>& given);

/// All variables ROPEWALK_PARAM_NAME that are set and not empty. They are removed from this program's environment, so
/// that no task and no command inherits them. Call it before any thread is started.
std::vector<std::pair<std::string, std::string>> take_param_variables();

}  // namespace ropewalk::cli
