// The hidden command for shells: `ropewalk __complete WORDS...` prints the completions of the last word, which may be
// empty, one per line. ":files" and ":folders" leave it to the shell. Reports no errors, because an incomplete command
// line is full of them.

#include "command_words.hpp"
#include "commands.hpp"
#include "configuration.hpp"
#include "trust_book.hpp"

#include "base/text.hpp"
#include "workflow/document.hpp"

#include <ropewalk/engine.hpp>
#include <ropewalk/executors.hpp>
#include <ropewalk/explanation.hpp>
#include <ropewalk/history.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace ropewalk::cli {
namespace {

class Completer {
 public:
  explicit Completer(const std::vector<std::string>& words) : words_(words), grammar_(command_words()) {
    if (words_.empty()) words_.emplace_back();
    read();
  }

  std::string candidates() {
    const std::string& current = words_.back();
    if (behind_dashes_)
      offer(":files");
    else if (wanting_)
      of_option(*wanting_, "", current);
    else if (const std::size_t is = current.find('='); is != current.npos && current.starts_with("--"))
      of_option(current, is);
    else if (current.starts_with("-"))
      offer_options();
    else
      of_operand(current);
    return std::move(out_);
  }

 private:
  /// Reads the words before the one that is completed.
  void read() {
    command_ = &grammar_.front();
    for (std::size_t i = 0; i + 1 < words_.size(); ++i) {
      const std::string& word = words_[i];
      if (wanting_) {
        if (wanting_->names.front() == "--record-dir") options_.record_folder = word;
        if (wanting_->names.front() == "--plugins")
          options_.plugin_folders.push_back(std::filesystem::absolute(word));  // named when the line is run
        wanting_ = nullptr;
      } else if (word == "--" || (command_->command == Command::map && is_list_mark(word))) {
        behind_dashes_ = true;
        return;
      } else if (word.starts_with("-") && word.size() > 1) {
        const OptionWords* option = find(word);
        if (option && option->takes_value) wanting_ = option;
      } else if (const CommandWords* deeper = below(word); deeper && operands_.empty()) {
        command_ = deeper;
      } else {
        operands_.push_back(word);
      }
    }
  }

  const OptionWords* find(const std::string& name) const {
    for (const OptionWords& option : command_->options)
      if (std::find(option.names.begin(), option.names.end(), name) != option.names.end()) return &option;
    return nullptr;
  }
  /// The subcommand of that name.
  const CommandWords* below(const std::string& name) const {
    std::vector<std::string> path = command_->path;
    path.push_back(name);
    for (const CommandWords& each : grammar_)
      if (each.path == path) return &each;
    return nullptr;
  }

  /// Prints a candidate that begins with the word. Skips candidates with control characters.
  void offer(const std::string& candidate) {
    if (escape_for_display(candidate) != candidate) return;
    if (candidate.starts_with(':') || candidate.starts_with(words_.back())) out_ += candidate + "\n";
  }
  void offer_all(const std::string& before, const std::vector<std::string>& all, const std::string& behind = "") {
    for (const std::string& each : all) offer(std::string(before).append(each).append(behind));
  }

  void offer_options() {
    for (const OptionWords& option : command_->options)
      for (const std::string& name : option.names)
        if (name.starts_with("--")) offer(name);
  }

  /// "--color=a", whose value begins behind `is`.
  void of_option(const std::string& word, std::size_t is) {
    if (const OptionWords* option = find(word.substr(0, is)))
      of_option(*option, word.substr(0, is + 1), word.substr(is + 1));
  }

  /// `before`: the part of the word before the value: "--color=" or nothing.
  void of_option(const OptionWords& option, const std::string& before, const std::string& value) {
    const std::string& name = option.names.front();
    const std::size_t is = value.find('=');
    const std::string key = value.substr(0, is == value.npos ? 0 : is);
    const std::string behind_key = before + value.substr(0, is == value.npos ? 0 : is + 1);
    if (name == "--color")
      offer_all(before, names_of(color_words()));
    else if (name == "--halt")
      offer_all(before, {"never", "soon,fail=1", "now,fail=1", "soon,fail=10%"});
    else if (name == "--order")
      offer_all(before, {"items", "completion"});
    else if (name == "--format")
      offer_all(before, names_of(graph_format_words()));
    else if (option.value == "DIR")
      offer(":folders");
    else if (option.value == "FILE")
      offer(":files");
    else if (name == "--output")
      of_task_of_run(before);
    else if (name == "--stage")
      offer_all(before, stages());
    else if (name == "--executor")
      of_executor(behind_key, is == value.npos && command_->command != Command::compare);
    else if (name == "--print") {
      for (const Field& field : fields_of_task(&TaskDescription::results)) offer(before + field.name);
    } else if (name == "--set" || name == "--set-file" || name == "--with") {
      const std::vector<Field> fields = name == "--with" ? fields_of_task(&TaskDescription::params) : params();
      if (name == "--set-file" && is != value.npos) {
        offer(":files");
      } else if (is == value.npos) {
        for (const Field& field : fields) offer(before + field.name + "=");
      } else {
        for (const Field& field : fields)
          if (field.name == key) of_field(behind_key, field);
      }
    }
  }

  void of_executor(const std::string& before, bool for_all) {
    for (const ExecutorKind& executor : executor_kinds()) offer(before + std::string(executor.name));
    if (for_all) offer_all(before, stages(), "=");
  }

  void of_field(const std::string& before, const Field& field) {
    for (const Value& choice : field.choices) offer(before + (choice.as_text() ? *choice.as_text() : to_json(choice)));
    if (field.type == Type::boolean) offer_all(before, {"true", "false"});
    if (field.type == Type::path) offer(":files");
  }

  void of_operand(const std::string& current) {
    for (const CommandWords& each : grammar_)
      if (each.path.size() == command_->path.size() + 1 &&
          std::equal(command_->path.begin(), command_->path.end(), each.path.begin()))
        offer(each.path.back());
    if (command_->path == std::vector<std::string>{"help"}) return of_help();
    if (operands_.size() == 1 && (command_->command == Command::why || command_->command == Command::repro))
      return of_task_of_run("");
    if (operands_.size() == 1 && (command_->command == Command::diff || command_->command == Command::report))
      return of_run();
    if (!operands_.empty() && command_->command != Command::validate && command_->command != Command::trust) return;
    switch (command_->command) {
      case Command::run:
      case Command::compare:
      case Command::validate:
      case Command::graph:
      case Command::config:
      case Command::plugins_check: return offer(":files");
      case Command::map: return of_task(current);
      case Command::explain:
        for (const Explanation& each : explanations()) offer(std::string(each.code));
        return;
      case Command::completion: return offer_all("", {"bash", "zsh", "fish"});
      case Command::plugins_show: return offer_all("", engine().names());
      case Command::trust: return of_trust();
      case Command::resume:
      case Command::show:
      case Command::report:
      case Command::trace:
      case Command::why:
      case Command::diff:
      case Command::repro: return of_run();
      default: return;
    }
  }

  /// Completes subcommands, or a workflow after `run`.
  void of_help() {
    for (const CommandWords& each : grammar_)
      if (each.path.size() == operands_.size() + 1 && std::equal(operands_.begin(), operands_.end(), each.path.begin()))
        offer(each.path.back());
    if (operands_ == std::vector<std::string>{"run"}) offer(":files");
  }

  void of_trust() {
    if (std::find(words_.begin(), words_.end(), "--remove") == words_.end()) return offer(":folders");
    const TrustBook book = TrustBook::read();
    for (const std::string& folder : book.folders()) offer(folder);
  }

  /// Completes a path, if the word looks like one.
  void of_run() {
    if (words_.back().find('/') != std::string::npos) return offer(":files");
    const auto folders = run_folders(options_.record_folder);
    if (!folders || folders->empty()) return;
    offer(std::string(kLatest));
    for (const RunFolder& folder : *folders) offer(folder.label.name);
  }

  /// Completes tasks: those that failed, or the first one of each stage.
  void of_task_of_run(const std::string& before) {
    if (operands_.empty()) return;
    const auto record = open_run(options_.record_folder, operands_.front());
    if (!record) return;
    const auto result = (*record)->result();
    if (!result) return;
    for (const Failure& failure : result->failures) offer(fmt::format("{}{}/{}", before, failure.stage, failure.index));
    if (!result->failures.empty()) return;
    for (const StageResult& stage : result->stages)
      if (stage.tasks > 0) offer(fmt::format("{}{}/0", before, stage.name));
  }

  /// Completes task types of all plugins, or of the plugin that the word names.
  void of_task(const std::string& current) {
    const std::size_t dot = current.find('.');
    for (const std::string& name : engine().names()) {
      if (dot != current.npos ? name != current.substr(0, dot) : !name.starts_with(current)) continue;
      const auto plugin = engine().plugin(name);
      if (!plugin) continue;
      for (const TaskDescription& type : (*plugin)->task_types) offer(name + "." + type.name);
    }
  }

  std::vector<Field> fields_of_task(std::vector<Field> TaskDescription::*fields) {
    if (operands_.empty() || command_->command != Command::map) return {};
    const std::string& task = operands_.front();
    const std::size_t dot = task.find('.');
    if (dot == task.npos) return {};
    const auto plugin = engine().plugin(task.substr(0, dot));
    const TaskDescription* type = plugin ? (*plugin)->find(std::string_view(task).substr(dot + 1)) : nullptr;
    return type ? type->*fields : std::vector<Field>();
  }

  /// The workflow on the command line. Null: there is none, it cannot be read, or it is stdin, which belongs to the
  /// shell.
  const Workflow* workflow() {
    if (!workflow_ && !operands_.empty() && operands_.front() != "-")
      if (auto loaded = load_workflow(operands_.front())) workflow_ = std::move(*loaded);
    return workflow_ ? &*workflow_ : nullptr;
  }
  std::vector<Field> params() { return workflow() ? workflow()->params : std::vector<Field>(); }
  std::vector<std::string> stages() {
    std::vector<std::string> names;
    const auto add = [&](const Document& document) {
      for (const StageForm& stage : document.stages)
        if (stage.name) names.push_back(stage.name->text);
    };
    if (!workflow() || !workflow()->document) return names;
    for (const auto& included : workflow()->document->included) add(*included);
    add(*workflow()->document);
    return names;
  }

  Engine& engine() {
    if (!engine_) {
      configure(options_);  // folders of plugins; errors are reported when a command runs
      engine_ = std::make_unique<Engine>(engine_options(options_));
    }
    return *engine_;
  }

  std::vector<std::string> words_;
  const std::vector<CommandWords> grammar_;
  const CommandWords* command_ = nullptr;  // as deep as it goes
  const OptionWords* wanting_ = nullptr;   // its value is the word that is completed
  bool behind_dashes_ = false;
  std::vector<std::string> operands_;  // of the command, before the word that is completed
  Options options_;
  std::optional<Workflow> workflow_;
  std::unique_ptr<Engine> engine_;
  std::string out_;
};

}  // namespace

int complete(const Options& options, Screen& screen) {
  return print(Completer(options.arguments).candidates(), screen) ? 0 : kOutputFailed;
}

}  // namespace ropewalk::cli
