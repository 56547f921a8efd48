#include "config_file.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "base/user_files.hpp"
#include "workflow/constant.hpp"
#include "workflow/keys.hpp"
#include "workflow/text_file.hpp"
#include "workflow/yaml.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/executors.hpp>

#include <fmt/format.h>

#include <sys/stat.h>
#include <unistd.h>

namespace ropewalk::cli {
namespace {

namespace fs = std::filesystem;

bool is_trusted(const fs::path& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0) return false;
  return (about.st_uid == ::geteuid() || about.st_uid == 0) && (about.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

class Reader {
 public:
  Reader(const Source& source, const fs::path& file, Diagnostics& diagnostics)
      : source_(source), base_(file.parent_path()), diagnostics_(diagnostics) {}

  ConfigFile read(const Node& root) {
    static const KeyTable kKeys{.of = "a configuration",
                                .keys = {"jobs", "executor", "color", "plugins", "record", "durability"}};
    check_keys(source_, root, kKeys, diagnostics_);
    ConfigFile config;
    if (const Node* node = root.find("jobs"))
      if (const auto text = word(*node, "'jobs'"))
        config.jobs = placed(*node, checked(*node, parse_jobs(*text, "'jobs'")));
    if (const Node* node = root.find("color"))
      if (const auto text = word(*node, "'color'"))
        config.color = placed(*node, checked(*node, parse_color(*text, "'color'")));
    if (const Node* node = root.find("executor")) {
      if (const auto text = word(*node, "'executor'")) {
        if (std::string problem = executor_problem(*text); !problem.empty())
          diagnostics_.add(codes::kUnknownExecutor, place_of(source_, *node), std::move(problem));
        else
          config.executor = placed(*node, *text);
      }
    }
    if (const Node* node = root.find("record"))
      if (const auto text = word(*node, "'record'"))
        config.record = placed(*node, checked(*node, parse_switch(*text, "'record'")));
    if (const Node* node = root.find("durability"))
      if (const auto text = word(*node, "'durability'"))
        config.durability = placed(*node, checked(*node, parse_durability(*text, "'durability'")));
    if (const Node* node = root.find("plugins")) plugins(*node, config);
    return config;
  }

 private:
  std::optional<std::string> word(const Node& node, std::string_view what) {
    const auto value = read_constant(source_, node, {Type::text, Type::any}, what, diagnostics_);
    return value ? std::optional(*value->as_text()) : std::nullopt;
  }

  template <class T>
  T checked(const Node& node, Result<T> parsed) {
    if (parsed) return *parsed;
    diagnostics_.add(codes::kOutOfRange, place_of(source_, node), parsed.error().list.front().message);
    return {};
  }

  template <class T>
  Placed<T> placed(const Node& node, T value) const {
    const Place place = place_of(source_, node);
    return {std::move(value), fmt::format("{}:{}", place.file, place.line)};
  }

  void plugins(const Node& list, ConfigFile& config) {
    if (!list.is_list()) return report_wrong_form(source_, list, "a list of folders", "'plugins'", diagnostics_);
    for (const Node& node : list.children)
      if (const auto folder =
              read_constant(source_, node, {Type::path, Type::any}, "a folder of 'plugins'", diagnostics_))
        config.plugins.push_back(placed(node, (base_ / *folder->as_string()).lexically_normal()));
  }

  const Source& source_;
  const fs::path base_;
  Diagnostics& diagnostics_;
};

}  // namespace

fs::path project_file() {
  if (has_borrowed_rights()) return {};
  std::error_code failed;
  for (fs::path folder = fs::current_path(failed); !failed && !folder.empty(); folder = folder.parent_path()) {
    fs::path file = folder / ".ropewalk.yaml";
    if (is_trusted(file)) return file;
    if (folder == folder.parent_path()) break;
  }
  return {};
}

fs::path user_file() {
  const fs::path folder = user_folder("XDG_CONFIG_HOME", ".config");
  struct stat about {};
  if (folder.empty() || ::stat((folder / "config.yaml").c_str(), &about) != 0) return {};
  const bool trusted = (about.st_uid == ::geteuid() || about.st_uid == 0) && (about.st_mode & S_IWOTH) == 0;
  return trusted ? folder / "config.yaml" : fs::path();
}

Result<ConfigFile> read_config_file(const fs::path& file) {
  auto bytes = read_text_file(file);
  if (!bytes) return bytes.error();
  if (bytes->find_first_not_of(" \t\r\n") == std::string::npos) return ConfigFile{};
  auto source = check_text(*bytes, file.string());
  if (!source) return source.error();
  Diagnostics diagnostics;
  const auto root = read_yaml(*source, diagnostics);
  ConfigFile config;
  if (root && root->is_map())
    config = Reader(*source, file, diagnostics).read(*root);
  else if (root && root->kind != Node::Kind::empty)
    diagnostics.add(codes::kWrongForm, place_of(*source, *root),
                    fmt::format("a configuration is a map of keys, but this is {}", kind_noun(*root)));
  if (!diagnostics.empty()) return Errors(diagnostics.take());
  return config;
}

std::string executor_problem(std::string_view name) {
  if (find_executor(name) != nullptr) return {};
  std::vector<std::string> names;
  for (const ExecutorKind& executor : executor_kinds()) names.emplace_back(executor.name);
  return fmt::format("there is no executor '{}'{}", escape_for_display(name), did_you_mean(name, names));
}

}  // namespace ropewalk::cli
