#include "plugin_files/interpreter.hpp"

#include "base/program_path.hpp"
#include "base/text.hpp"
#include "base/user_files.hpp"
#include "plugin_files/identity.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

namespace ropewalk {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUsualPath = "/usr/local/bin:/usr/bin:/bin";

/// Of the environment. Another user's settings do not choose what a program with borrowed rights runs.
std::string variable(const char* name) {
  const char* const value = has_borrowed_rights() ? nullptr : std::getenv(name);
  return value == nullptr ? std::string() : value;
}

std::string searched_path() {
  std::string path = variable("PATH");
  return path.empty() ? std::string(kUsualPath) : path;
}

Error no_python(const fs::path& plugin, std::string why, std::string fix) {
  return {codes::kNoPython,
          fmt::format("plugin {} cannot be run: {}", escape_for_display(plugin.string()), why),
          {},
          {std::move(fix)}};
}

/// A path or a name, which somebody has given. `by`: where, for messages.
Result<Interpreter> named(const fs::path& plugin, const fs::path& given, const std::string& by) {
  const std::string shown = escape_for_display(given.string());
  if (given.string().find('/') == std::string::npos) {
    fs::path found = program_in_path(searched_path(), given.string());
    if (found.empty())
      return no_python(plugin, fmt::format("no program '{}', which {} names, is in PATH", shown, by),
                       "install it, or name its path");
    return Interpreter{.program = std::move(found), .chosen_by = by, .identity = {}};
  }
  std::error_code error;
  fs::path file = fs::absolute(given, error);
  if (fs::is_directory(file, error)) file = file / "bin" / "python";  // an environment
  if (!is_program(file))
    return no_python(plugin, fmt::format("{}, which {} names, is not a program", shown, by),
                     "name an interpreter of Python, or the folder of a virtual environment");
  return Interpreter{.program = std::move(file), .chosen_by = by, .identity = {}};
}

/// The environment of the nearest folder upwards that has a pyproject.toml.
std::optional<Interpreter> of_project(const fs::path& plugin) {
  std::error_code error;
  for (fs::path folder = plugin.parent_path();; folder = folder.parent_path()) {
    const fs::path project = folder / "pyproject.toml";
    if (fs::exists(project, error)) {
      for (const char* name : {".venv", "venv"})
        if (fs::path file = folder / name / "bin" / "python"; is_program(file))
          return Interpreter{.program = std::move(file), .chosen_by = project.string(), .identity = {}};
      return std::nullopt;
    }
    if (folder == folder.parent_path()) return std::nullopt;
  }
}

/// The words after "#!" in the first line of the file.
std::vector<std::string> words_of_first_line(int text) {
  std::array<char, 256> begin{};
  const ssize_t size = ::pread(text, begin.data(), begin.size(), 0);
  std::string_view line(begin.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  line = line.substr(0, line.find_first_of("\r\n"));
  if (!line.starts_with("#!")) return {};
  line.remove_prefix(2);
  std::vector<std::string> words;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    if (end != 0) words.emplace_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

/// Empty: the first line names no Python.
fs::path of_first_line(int text) {
  const std::vector<std::string> words = words_of_first_line(text);
  if (words.empty()) return {};
  fs::path program = words.front();
  if (program.filename() == "env") {
    const auto name = std::find_if(words.begin() + 1, words.end(), [](const std::string& word) {
      return word.front() != '-' && word.find('=') == std::string::npos;
    });
    if (name == words.end()) return {};
    program = *name;
  }
  return program.filename().string().starts_with("python") ? program : fs::path();
}

Result<Interpreter> choose(const fs::path& plugin, int text, const InterpreterRequest& request) {
  if (!request.by_workflow.empty()) return named(plugin, request.by_workflow, "'python' of the workflow");
  if (!request.by_program.empty()) return named(plugin, request.by_program, "the program that uses the engine");
  if (const std::string environment = variable("VIRTUAL_ENV"); !environment.empty())
    return named(plugin, fs::path(environment) / "bin" / "python", "VIRTUAL_ENV");
  if (std::optional<Interpreter> found = of_project(plugin)) return std::move(*found);
  if (const fs::path first = of_first_line(text); !first.empty()) return named(plugin, first, "its first line");
  fs::path usual = program_in_path(searched_path(), "python3");
  if (usual.empty())
    return no_python(plugin, "it is written in Python, and no python3 is in PATH",
                     "install Python 3.11 or newer, or name an interpreter with 'python' in the workflow");
  return Interpreter{.program = std::move(usual), .chosen_by = "PATH", .identity = {}};
}

}  // namespace

std::string identity_of_interpreter(const fs::path& program) {
  const std::string environment = file_identity(program.parent_path().parent_path() / "pyvenv.cfg");
  return fmt::format("{} {}{}{}", program.string(), file_identity(program), environment.empty() ? "" : " ",
                     environment);
}

Result<Interpreter> find_interpreter(const fs::path& plugin, int text, const InterpreterRequest& request) {
  Result<Interpreter> found = choose(plugin, text, request);
  if (found) found->identity = identity_of_interpreter(found->program);
  return found;
}

}  // namespace ropewalk
