#include "commands.hpp"
#include "new_files.hpp"

#include "base/fd.hpp"
#include "base/text.hpp"
#include "engine/program_folder.hpp"
#include "plugin_files/search.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/sink.hpp>

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace ropewalk::cli {
namespace {

namespace fs = std::filesystem;

Error cannot_make(const fs::path& path, const std::string& why) {
  return {codes::kCannotMake,
          fmt::format("cannot make '{}': {}", escape_for_display(path.string()), why),
          {},
          {"choose another name, or another folder to be in"}};
}

/// Creates a file. Does not replace an existing one and does not follow links.
Result<void> write_new(const fs::path& path, std::string_view text) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (!fd) return cannot_make(path, std::strerror(errno));
  FdSink sink(fd.get());
  if (!sink.write(text)) return cannot_make(path, std::strerror(sink.error()));
  return {};
}

Result<void> check_plugin_name(const std::string& name) {
  if (!is_plugin_name(name))
    return Error{codes::kBadOptionValue,
                 fmt::format("'{}' cannot name a plugin", escape_for_display(name)),
                 {},
                 {"use lower-case letters, digits, '_' and '-', and begin with a letter"}};
  if (!plugin_in(find_program_folder({}, {}).plugins, name).empty())
    return Error{codes::kBadOptionValue,
                 fmt::format("a plugin '{}' ships with ropewalk, and no other one can have its name", name),
                 {},
                 {"choose another name"}};
  return {};
}

Result<void> make_plugin(const std::string& name, PluginLanguage language) {
  if (const auto good = check_plugin_name(name); !good) return good.error();
  std::error_code failed;
  const bool made = fs::create_directory(name, failed);
  if (failed) return cannot_make(name, failed.message());
  if (!made) return cannot_make(name, "it exists already, and nothing is overwritten");
  for (const NewFile& file : new_plugin_files(name, language)) {
    const fs::path path = fs::path(name) / file.path;
    fs::create_directories(path.parent_path(), failed);
    if (failed) return cannot_make(path.parent_path(), failed.message());
    if (const auto written = write_new(path, file.text); !written) return written.error();
  }
  return {};
}

}  // namespace

int new_plugin(const Options& options, Screen& screen) {
  const std::string& name = options.arguments.front();
  const PluginLanguage language = options.python ? PluginLanguage::python
                                  : options.c    ? PluginLanguage::c
                                                 : PluginLanguage::cpp;
  if (const auto made = make_plugin(name, language); !made) return refuse(made.error(), screen);
  const std::string_view next = options.python ? "ropewalk run workflows/example.yaml"
                                               : "cmake -S . -B build && cmake --build build && ctest --test-dir build";
  const std::string text =
      fmt::format("made the plugin '{}' in the folder {}/\nnext: cd {} && {}\n", name, name, name, next);
  return options.quiet || print(text, screen) ? 0 : kOutputFailed;
}

int new_workflow(const Options& options, Screen& screen) {
  fs::path file = options.arguments.front();
  if (file.extension() != ".yaml" && file.extension() != ".yml") file += ".yaml";
  const std::string name = file.stem().string();
  if (!is_plugin_name(name))
    return refuse(Error{codes::kBadOptionValue,
                        fmt::format("'{}' cannot name a workflow", escape_for_display(name)),
                        {},
                        {"use lower-case letters, digits, '_' and '-', and begin with a letter"}},
                  screen);
  if (const auto written = write_new(file, new_workflow_text(name)); !written) return refuse(written.error(), screen);
  const std::string shown = escape_for_display(file.string());
  const std::string text =
      fmt::format("made the workflow {}\nnext: ropewalk validate {}, ropewalk run {} --dry-run\n", shown, shown, shown);
  return options.quiet || print(text, screen) ? 0 : kOutputFailed;
}

}  // namespace ropewalk::cli
