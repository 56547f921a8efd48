#pragma once
// Chooses the Python interpreter that runs a plugin written in Python. Starts nothing. Any thread.

#include <ropewalk/error.hpp>

#include <filesystem>
#include <string>

namespace ropewalk {

/// What was asked for, in the order in which it counts. A value with a slash is a path, another one a name in PATH.
struct InterpreterRequest {
  std::filesystem::path by_workflow = {};  ///< `python` of a stage or of `defaults`; empty: nothing is said
  std::filesystem::path by_program = {};   ///< EngineOptions::python; empty: nothing is said
};

struct Interpreter {
  std::filesystem::path program;  ///< absolute, as it must be called: links lead to the environment that it belongs to
  std::string chosen_by;          ///< "VIRTUAL_ENV", for people
  std::string identity;           ///< identity_of_interpreter()
};

/// Changes with the program, and with the environment that it belongs to.
std::string identity_of_interpreter(const std::filesystem::path& program);

/// The first of: the request, the environment in VIRTUAL_ENV, the environment of the project that the plugin's file
/// lies in (.venv or venv beside the nearest pyproject.toml), the file's first line (#!), and python3 in PATH. What is
/// named and cannot be run is an error (P119), not passed over. A program with borrowed rights does not look at
/// variables.
/// `plugin`: absolute. `text`: a descriptor of the file.
Result<Interpreter> find_interpreter(const std::filesystem::path& plugin, int text, const InterpreterRequest& request);

}  // namespace ropewalk
