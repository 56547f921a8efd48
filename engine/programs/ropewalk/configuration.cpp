#include "configuration.hpp"

#include "flag_names.hpp"
#include "config_file.hpp"
#include "trust_book.hpp"

#include "base/user_files.hpp"
#include "planner/settings.hpp"
#include "workflow/document.hpp"
#include "workflow/diagnostics.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/redaction.hpp>

#include <fmt/format.h>

#include <cstdlib>

namespace ropewalk::cli {
namespace {

/// Null if the variable is unset or empty.
const char* variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

class SettingsResolver {
 public:
  SettingsResolver(Options& options, const Workflow* workflow) : options_(options), workflow_(workflow) {}

  Result<std::vector<Setting>> settle() {
    for (const bool of_project : {true, false}) {
      const std::filesystem::path file = of_project ? project_file() : user_file();
      if (file.empty()) continue;
      auto read = read_config_file(file);
      if (read) {
        files_.push_back(std::move(*read));
        files_.back().of_project = of_project;
        continue;
      }
      const Errors why = read.error();
      errors_.insert(errors_.end(), why.list.begin(), why.list.end());
    }
    jobs();
    executor();
    color();
    record();
    durability();
    plugins();
    params();
    if (!errors_.empty()) return Errors(std::move(errors_));
    return std::move(settings_);
  }

 private:
  void jobs() {
    std::string origin = "default";
    const char* variable_text = variable("ROPEWALK_JOBS");
    if (options_.jobs != 0)
      origin = "--jobs";
    else if (variable_text) {
      origin = "ROPEWALK_JOBS";
      take(parse_jobs(variable_text, origin), options_.jobs);
    } else {
      for (const ConfigFile& file : files_)
        if (file.jobs && origin == "default") options_.jobs = file.jobs->value, origin = file.jobs->place;
    }
    report("jobs", options_.jobs == 0 ? "as many as the stages have workers" : std::to_string(options_.jobs), origin);
  }

  /// Only a flag and the environment override a workflow that names executors.
  void executor() {
    for (const auto& [stage, name] : options_.executors)
      if (stage.empty()) return report("executor", name, "--executor");
    if (const char* text = variable("ROPEWALK_EXECUTOR")) {
      if (const std::string problem = executor_problem(text); !problem.empty())
        errors_.push_back({codes::kBadOptionValue, "ROPEWALK_EXECUTOR: " + problem});
      // Before options for single stages, which win.
      options_.executors.insert(options_.executors.begin(), {"", text});
      return report("executor", text, "ROPEWALK_EXECUTOR");
    }
    for (const ConfigFile& file : files_)
      if (file.executor && options_.fallback_executor.empty()) options_.fallback_executor = file.executor->value;
    if (workflow_ && workflow_->document && workflow_->document->defaults.executor) {
      const Document& document = *workflow_->document;
      const Place place = place_of(document.source, *document.defaults.executor);
      return report("executor", document.defaults.executor->text, fmt::format("{}:{}", place.file, place.line));
    }
    for (const ConfigFile& file : files_)
      if (file.executor) return report("executor", file.executor->value, file.executor->place);
    report("executor", "what the task type prefers, else process", "default");
  }

  void color() {
    const std::string origin =
        options_.color ? "--color" : find("ROPEWALK_COLOR", parse_color, &ConfigFile::color, options_.color);
    report("color", std::string(word_for(color_words(), options_.color.value_or(ColorMode::automatic))), origin);
  }

  /// `map` records only if the option says so, because it is often one tool of a pipe.
  void record() {
    std::string origin = "default";
    if (options_.record)
      origin = !*options_.record ? "--no-record" : "--record";
    else if (options_.command != Command::map)
      origin = find("ROPEWALK_RECORD", parse_switch, &ConfigFile::record, options_.record);
    report("record", options_.record.value_or(true) ? "true" : "false", origin);
  }

  void durability() {
    const std::string origin =
        find("ROPEWALK_DURABILITY", parse_durability, &ConfigFile::durability, options_.durability);
    report("durability", std::string(durability_name(options_.durability.value_or(Durability::batch))), origin);
  }

  /// Sets an option that was not given from its variable, else from the first file that has it. Returns the origin of
  /// the value.
  template <class T>
  std::string find(const char* name, Result<T> (*parse)(std::string_view, std::string_view),
                   std::optional<Placed<T>> ConfigFile::*setting, std::optional<T>& option) {
    if (const char* text = variable(name)) {
      take(parse(text, name), option.emplace());
      return name;
    }
    for (const ConfigFile& file : files_) {
      if (!(file.*setting)) continue;
      option = (file.*setting)->value;
      return (file.*setting)->place;
    }
    return "default";
  }

  /// All folders count, in this order. The engine adds those of the workflow before them, and its own after them.
  void plugins() {
    for (const std::filesystem::path& folder : options_.plugin_folders) report("plugins", folder.string(), "--plugins");
    if (workflow_ && workflow_->document)
      for (const Node* folder : workflow_->document->plugin_paths) {
        const Place place = place_of(workflow_->document->source, *folder);
        report("plugins", folder->text, fmt::format("{}:{}", place.file, place.line));
      }
    if (const char* text = has_borrowed_rights() ? nullptr : variable("ROPEWALK_PLUGIN_PATH")) {
      std::string_view rest = text;
      for (bool more = true; more;) {
        const std::size_t colon = rest.find(':');
        more = colon != std::string_view::npos;
        const std::string_view folder = rest.substr(0, colon);
        rest = more ? rest.substr(colon + 1) : std::string_view();
        if (folder.empty()) continue;
        // The engine reads that variable itself, but folders of files must come after it.
        if (!files_.empty()) options_.plugin_folders.emplace_back(folder);
        if (folder.front() == '/') options_.named_folders.emplace_back(folder);
        report("plugins", std::string(folder), "ROPEWALK_PLUGIN_PATH");
      }
    }
    for (const ConfigFile& file : files_)
      for (const auto& folder : file.plugins) {
        options_.plugin_folders.push_back(folder.value);
        if (!file.of_project) options_.named_folders.push_back(folder.value);
      }
    const auto trusts = folder_trust(options_);
    for (const ConfigFile& file : files_)
      for (const auto& folder : file.plugins)
        report("plugins", folder.value.string(), folder.place + (trusts(folder.value) ? "" : ", not trusted"));
  }

  void params() {
    if (!workflow_ || !workflow_->document) return;
    const Document& document = *workflow_->document;
    Diagnostics diagnostics;
    std::vector<Error> warnings;
    const Settings settings =
        read_settings(document, {options_.set, options_.file_settings, options_.variable_settings, flag_names()},
                      diagnostics, warnings);
    for (Error& error : diagnostics.take())
      if (error.code != codes::kMissingSetting) errors_.push_back(std::move(error));
    for (const ParamForm& form : *document.params) {
      const std::string& name = form.key->text;
      const auto value = settings.values.find(name);
      const auto origin = settings.origins.find(name);
      if (value == settings.values.end())
        report("params." + name, "not set", "no default");
      else
        report("params." + name, shown_param(form.field, value->second),
               origin == settings.origins.end() ? "default" : origin->second);
    }
  }

  static std::string shown_param(const Field& field, const Value& value) {
    if (field.secret) return std::string(Redaction::kShown);
    return value.kind() == Value::Kind::text || value.kind() == Value::Kind::path ? *value.as_string() : to_json(value);
  }

  template <class T>
  void take(Result<T> parsed, T& into) {
    if (parsed)
      into = *parsed;
    else
      errors_.push_back(parsed.error().list.front());
  }
  void report(std::string name, std::string value, std::string origin) {
    settings_.push_back({std::move(name), std::move(value), std::move(origin)});
  }

  Options& options_;
  const Workflow* const workflow_;
  std::vector<ConfigFile> files_;  // the project's first
  std::vector<Setting> settings_;
  std::vector<Error> errors_;
};

}  // namespace

Result<std::vector<Setting>> configure(Options& options, const Workflow* workflow) {
  return SettingsResolver(options, workflow).settle();
}

}  // namespace ropewalk::cli
