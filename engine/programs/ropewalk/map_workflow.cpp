#include "map_workflow.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "map_items.hpp"
#include "plan/items.hpp"
#include "plan/parameters.hpp"
#include "trust_book.hpp"
#include "workflow/text_file.hpp"
#include "workflow/scalar.hpp"
#include "workflow/yaml.hpp"
#include "workflow/yaml_text.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/executors.hpp>
#include <ropewalk/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace ropewalk::cli {
namespace {

/// The placeholders of GNU parallel and fd, and their equivalents.
struct Placeholder {
  std::string_view written, meaning;
};
constexpr Placeholder kForeign[] = {
    {"{.}", "write ${{ dirname(item) }}/${{ stem(item) }}, or ${{ stem(item) }} for the name alone"},
    {"{/}", "write ${{ basename(item) }}"},
    {"{//}", "write ${{ dirname(item) }}"},
    {"{/.}", "write ${{ stem(item) }}"},
    {"{#}", "write ${{ index + 1 }}; ${{ index }} counts from 0"},
    {"{%}", "there is no number of a job slot; ${{ index }} is the task's own number"}};

/// The placeholder at the start of the text; null: none.
const Placeholder* foreign_at(std::string_view text) {
  const auto found = std::find_if(std::begin(kForeign), std::end(kForeign),
                                  [&](const Placeholder& each) { return text.starts_with(each.written); });
  return found == std::end(kForeign) ? nullptr : found;
}

class MapSpec {
 public:
  MapSpec(const Options& options, const TaskDescription* type)
      : options_(options), map_(options.map), type_(type), items_(options.map, errors_) {}

  Result<WorkflowSpec> make() {
    if (is_text(options_.arguments.front(), "the task type")) stage_.task = options_.arguments.front();
    plugin_folders();
    placing();
    stage_.foreach = items_.source();
    parameters();
    if (!options_.set.empty() || !options_.set_files.empty())
      report(codes::kUnknownSetting,
             std::string(options_.set.empty() ? "--set-file" : "--set") +
                 " gives the params of a workflow, and 'map' has none",
             "the task's own parameters are given with --with NAME=VALUE");
    if (!errors_.empty()) return Errors(std::move(errors_));
    spec_.stages.push_back(std::move(stage_));
    return std::move(spec_);
  }

 private:
  /// Running a workflow loads the plugins that it names, so untrusted folders are left out.
  void plugin_folders() {
    const auto trusts = folder_trust(options_);
    for (const std::filesystem::path& folder : options_.plugin_folders)
      if (trusts(folder)) spec_.plugins.path.add(scalar(std::filesystem::absolute(folder).string(), "--plugins"));
  }

  struct Given {
    std::string name;
    std::vector<std::string> values;
  };

  void report(const char* code, std::string message, std::string note) {
    errors_.push_back(Error{code, std::move(message), {}, {std::move(note)}});
  }
  bool is_text(std::string_view text, std::string_view what) {
    if (is_utf8(text)) return true;
    report(codes::kBadOptionValue, fmt::format("{} is not UTF-8: '{}'", what, escape_for_display(text)),
           "what is not UTF-8 can be an item: --lines, --glob");
    return false;
  }
  /// A number or bool where the text is one, so that 3.10 is a float if one is declared.
  SpecValue scalar(const std::string& text, std::string_view what, Type type = Type::any) {
    const bool counts = type == Type::integer || type == Type::real;
    const bool reads =
        read_scalar(text, Type::any, false).value || (counts && read_scalar(text, type, false).value.has_value());
    return is_text(text, what) && reads ? SpecValue::plain(text) : SpecValue(text);
  }

  void placing() {
    std::string executor;
    for (const auto& [stage, name] : options_.executors) {
      if (!stage.empty() && stage != kMapName)
        report(codes::kUnknownStageOption, fmt::format("--executor {}={}: there is no stage '{}'", stage, name, stage),
               "'map' has one stage, named map");
      executor = name;
    }
    if (!executor.empty()) stage_.executor = scalar(executor, "--executor");
    const ExecutorKind* kind = find_executor(executor.empty() ? options_.fallback_executor : executor);
    if (options_.jobs > 0 && (kind == nullptr || kind->parallel)) stage_.workers = options_.jobs;
    if (options_.fail_fast) stage_.on_error = "stop";
    if (options_.halt && options_.halt->ends_running && map_.print_yaml)
      report(codes::kBadOptionValue, "--halt now has no form in a workflow file",
             "print it with --halt soon, and give --halt to 'ropewalk run'");
    if (options_.halt) {
      const FailureLimit& limit = options_.halt->failures;
      stage_.on_error = SpecMap{{"stop_after", limit.percent == 0 ? SpecValue(static_cast<std::int64_t>(limit.tasks))
                                                                  : SpecValue(fmt::format("{}%", limit.percent))}};
    }
    if (!options_.deadline.empty()) spec_.deadline = SpecValue::plain(options_.deadline);
    if (!map_.retries.empty() && is_text(map_.retries, "--retries"))
      stage_.retries.max = SpecValue::plain(map_.retries);
    if (!map_.timeout.empty() && is_text(map_.timeout, "--timeout")) stage_.timeout = SpecValue::plain(map_.timeout);
  }

  void parameters() {
    std::vector<Given> given;
    for (const std::string& with : map_.with) {
      const std::size_t equals = with.find('=');
      if (equals == std::string::npos || equals == 0) {
        report(codes::kBadOptionValue, fmt::format("--with {}: there is no value", escape_for_display(with)),
               "write --with NAME=VALUE");
        continue;
      }
      const std::string name = with.substr(0, equals);
      auto known = std::find_if(given.begin(), given.end(), [&](const Given& each) { return each.name == name; });
      if (known == given.end()) known = given.insert(given.end(), Given{name, {}});
      known->values.push_back(with.substr(equals + 1));
    }
    const bool words = take_words(given);
    require(given, words);
    for (const Given& each : given)
      if (is_text(each.name, "--with")) stage_.with.add(each.name, value(each, field(each.name)));
    if (words) stage_.with.add("argv", command());
    const bool has_input =
        std::any_of(given.begin(), given.end(), [](const Given& each) { return each.name == "stdin"; });
    if (items_.are_blocks() && field("stdin") && !has_input) stage_.with.add("stdin", items_.all());
  }

  /// A word of the command.
  struct Word {
    std::string raw = {}, text = {};  // as it was written, and with its placeholders replaced
    bool all = false;                 // it stands for all items of the task
    bool varies = false;              // it has a placeholder or an expression
  };

  Word word_of(const std::string& raw) {
    if (items_.any() && (raw == "{...}" || (raw == "{}" && items_.are_batches()))) return {.raw = raw, .all = true};
    const bool used = std::exchange(uses_item_, false);
    Word word{.raw = raw, .text = with_item(raw)};
    word.varies = uses_item_;
    uses_item_ = uses_item_ || used;
    return word;
  }

  /// The words after `--`. The items follow them if nothing of the task says where they belong.
  SpecValue command() {
    std::vector<Word> words;
    for (const std::string& raw : *map_.words) words.push_back(word_of(raw));
    const auto is_all = [](const Word& word) { return word.all; };
    const bool repeats = items_.name() == "--range" && !items_.are_batches();
    const bool placed = uses_item_ || std::any_of(words.begin(), words.end(), is_all);
    if (items_.any() && !placed && !repeats && !items_.are_blocks()) words.push_back({.all = true});
    const bool joins = items_.are_batches() && std::any_of(words.begin(), words.end(), is_all);
    return joins ? joined_words(words) : plain_words(words);
  }

  SpecValue plain_words(const std::vector<Word>& words) {
    SpecList list = SpecList::none();
    for (const Word& word : words) {
      if (!word.all)
        list.add(scalar(word.text, "the command"));
      else
        for (const std::string& value : items_.values()) list.add(SpecValue::expression(value));
    }
    return list;
  }

  /// One expression, in which the list of a batch stands among words. Words that vary are vars.
  SpecValue joined_words(const std::vector<Word>& words) {
    std::string source;
    for (const Word& word : words) {
      source += source.empty() ? "concat(" : ", ";
      if (word.all) {
        source += "item";
      } else if (word.varies) {
        const std::string name = fmt::format("word{}", stage_.vars.fields().size() + 1);
        stage_.vars.add(name, word.text);
        source += "vars." + name;
      } else if (is_utf8(word.raw)) {
        source += '\'';
        append_expression_text(source, word.raw);
        source += '\'';
      } else {
        std::string bytes;
        append_bytes_expression(bytes, word.raw);
        source += bytes.substr(4, bytes.size() - 7);  // without ${{ and }}
      }
    }
    return SpecValue::expression(source + ")");
  }

  const Field* field(std::string_view name) const {
    if (type_)
      for (const Field& each : type_->params)
        if (each.name == name) return &each;
    return nullptr;
  }

  /// Whether the words after `--` are a parameter.
  bool take_words(const std::vector<Given>& given) {
    if (!map_.words) return false;
    const Field* argv = field("argv");
    if (type_ && (!argv || argv->type != Type::list))
      report(
          codes::kExtraArgument,
          fmt::format("task '{}' takes no command after '--': it has no parameter 'argv'", options_.arguments.front()),
          "its parameters are given with --with NAME=VALUE; shell.run runs commands");
    else if (map_.words->empty())
      report(codes::kMissingArgument, "there is no command after '--'",
             "write the program and its arguments there; {} is the item");
    else if (std::any_of(given.begin(), given.end(), [](const Given& each) { return each.name == "argv"; }))
      report(codes::kBadOptionValue, "the command is given twice: by --with argv and after '--'", "give one of them");
    return true;
  }

  void require(const std::vector<Given>& given, bool words) {
    if (!type_) return;
    const auto is_there = [&](const std::string& name) {
      return (words && name == "argv") ||
             std::any_of(given.begin(), given.end(), [&](const Given& one) { return one.name == name; });
    };
    for (const std::vector<std::string>& group : type_->exactly_one) {
      const auto count = std::count_if(group.begin(), group.end(), is_there);
      const bool command = std::find(group.begin(), group.end(), "argv") != group.end();
      if (count == 0)
        report(codes::kMissingParameter,
               fmt::format("task '{}' needs one of the parameters '{}'", options_.arguments.front(),
                           fmt::join(group, "' and '")),
               command ? "write the program and its arguments after '--', where {} is the item"
                       : fmt::format("give it with --with {}=VALUE, where {{}} is the item", group.front()));
      if (count > 1)
        report(codes::kExclusiveParameters,
               fmt::format("task '{}' takes one of the parameters '{}', not both", options_.arguments.front(),
                           fmt::join(group, "' and '")),
               "give one of them");
    }
    for (const Field& each : type_->params) {
      const bool there = is_there(each.name);
      if (!there && each.required && !each.default_value)
        report(codes::kMissingParameter,
               fmt::format("task '{}' needs the parameter '{}' ({}{})", options_.arguments.front(), each.name,
                           type_name(each.type), each.help.empty() ? "" : ": " + escape_for_display(each.help)),
               fmt::format("give it with --with {}=VALUE, where {{}} is the item", each.name));
    }
  }

  /// Reads values as --set does: each mention adds an element to a list, or JSON gives the whole list. Otherwise the
  /// last one wins.
  SpecValue value(const Given& given, const Field* field) {
    const Type type = field ? field->type : Type::text;
    const std::string& last = given.values.back();
    const auto is_json = [&](const std::string& text) { return text.starts_with('[') && type == Type::list; };
    const Type element = field ? field->element : Type::text;
    if (last == "{...}" && items_.any()) return uses_item_ = true, items_.all();
    if (last == "{}" && items_.any())
      return uses_item_ = true, items_.are_batches() ? SpecValue(items_.all()) : SpecValue(items_.text());
    if (is_json(last) || (type == Type::map && last.starts_with('{')) || (type == Type::any && is_nested(last)))
      return nested(given.name, last);
    if (type != Type::list) return text(last, "--with " + given.name, type);
    const auto after_json = std::find_if(given.values.rbegin(), given.values.rend(), is_json).base();
    return list(after_json, given.values.end(), "--with " + given.name, element);
  }

  /// A parameter of type any takes a list or map if the text is JSON of one.
  static bool is_nested(const std::string& text) {
    std::string problem;
    return (text.starts_with('[') || text.starts_with('{')) && value_from_json(text, problem);
  }

  /// JSON is read as YAML, of which it is a subset.
  SpecValue nested(const std::string& name, const std::string& json) {
    Diagnostics diagnostics;
    const auto source = check_text(json, "--with");
    const auto root = source ? read_yaml(*source, diagnostics) : std::nullopt;
    const std::vector<Error> errors = source ? diagnostics.take() : source.error().list;
    if (errors.empty() && root) return node(*root, name);
    report(codes::kBadOptionValue,
           fmt::format("--with {}: {}", name, errors.empty() ? "this is no JSON" : errors.front().message),
           "lists and maps are given as JSON, such as '[1, 2]'");
    return {};
  }

  SpecValue node(const Node& node, const std::string& name) {
    if (node.is_scalar() && node.is_quoted()) return with_item(node.text);
    if (node.is_scalar()) return text(node.text, "--with " + name, Type::real);  // JSON knows numbers
    if (node.kind == Node::Kind::empty) return Value();
    if (node.is_map() && node.children.empty() && items_.any()) return uses_item_ = true, items_.all();
    if (node.is_list()) {
      SpecList list = SpecList::none();
      for (const Node& child : node.children) list.add(this->node(child, name));
      return list;
    }
    SpecMap map = SpecMap::none();
    for (std::size_t i = 0; i < node.children.size(); ++i)
      map.add(node.keys[i].text, this->node(node.children[i], name));
    return map;
  }

  template <class Iterator>
  SpecList list(Iterator from, Iterator to, std::string_view what, Type type = Type::any) {
    SpecList list = SpecList::none();
    for (Iterator at = from; at != to; ++at) list.add(text(*at, what, type));
    return list;
  }

  SpecValue text(std::string_view text, std::string_view what, Type type = Type::any) {
    return scalar(with_item(text), what, type);
  }

  static std::size_t stray_bytes(std::string_view text) {
    std::size_t length = 0;
    while (length < text.size() && character_size(text.substr(length)) == 0) ++length;
    return length;
  }

  /// Reports each placeholder once.
  void report_foreign(const Placeholder& placeholder) {
    if (!reported_foreign_.insert(&placeholder).second) return;
    report(codes::kForeignPlaceholder,
           fmt::format("'{}' is a placeholder of GNU parallel; here it is none", placeholder.written),
           fmt::format("{}; where these characters are meant write ${{{{ '{}' }}}}", placeholder.meaning,
                       placeholder.written));
  }

  /// The placeholder at the start of a text, and what it stands for.
  struct Found {
    std::size_t length = 0;  // 0: there is none
    std::string text;        // empty: a diagnostic was reported
  };

  /// "{2}": the number, if the text begins with one in braces.
  static std::uint64_t number_at(std::string_view text) {
    std::uint64_t number = 0;
    std::size_t at = 1;
    for (; at < text.size() && at < 8 && text[at] >= '0' && text[at] <= '9'; ++at)
      number = number * 10 + static_cast<std::uint64_t>(text[at] - '0');
    return text.starts_with('{') && at > 1 && at < text.size() && text[at] == '}' ? number : 0;
  }

  Found placeholder_at(std::string_view text) {
    if (text.starts_with("{}")) {
      if (!items_.any()) return report_no_item("{}"), Found{2, {}};
      if (items_.are_batches()) return report_in_word("{}"), Found{2, {}};
      return {2, items_.text()};
    }
    if (text.starts_with("{...}")) {
      if (!items_.any()) return report_no_item("{...}"), Found{5, {}};
      return report_in_word("{...}"), Found{5, {}};
    }
    const std::uint64_t number = number_at(text);
    if (const std::string value = number > 0 ? items_.value(number) : ""; !value.empty())
      return {text.find('}') + 1, fmt::format("${{{{ {} }}}}", value)};
    return {};
  }

  void report_no_item(std::string_view placeholder) {
    if (!std::exchange(reported_no_item_, true))
      report(codes::kMissingArgument, fmt::format("there is no item for '{}'", placeholder),
             "give --range, --glob, --lines or --jsonl, or items behind :::; where braces are meant write ${{ '{}' }}");
  }
  void report_in_word(std::string_view placeholder) {
    if (!std::exchange(reported_in_word_, true))
      report(codes::kBadOptionValue, fmt::format("'{}' stands for several words, and is part of one here", placeholder),
             items_.are_batches() ? "write it as a word of its own, or {1} for the first item; an expression joins "
                                    "them: ${{ join(item, ' ') }}"
                                  : "write it as a word of its own, or {} for the items as one text");
  }

  /// Replaces placeholders by what they stand for, except within expressions. Bytes that are not UTF-8 are written as
  /// base64.
  std::string with_item(std::string_view text) {
    std::string out;
    while (!text.empty()) {
      std::size_t length = character_size(text);
      if (const std::size_t stray = stray_bytes(text)) {
        keep_dollars(out);
        append_bytes_expression(out, text.substr(0, stray));
        text.remove_prefix(stray);
        continue;
      }
      if (text.starts_with("$${{"))
        length = 4;
      else if (text.starts_with("${{")) {
        length = std::min(text.find("}}"), text.size() - 2) + 2;
        uses_item_ = true;
      } else if (const Placeholder* of_shell = text.starts_with("$") ? foreign_at(text.substr(1)) : nullptr)
        length = 1 + of_shell->written.size();  // ${#}
      else if (const Found found = placeholder_at(text); found.length > 0) {
        keep_dollars(out);
        out += found.text;
        uses_item_ = true;
        text.remove_prefix(found.length);
        continue;
      } else if (const Placeholder* foreign = foreign_at(text)) {
        length = foreign->written.size();
        report_foreign(*foreign);
      }
      out += text.substr(0, length);
      text.remove_prefix(length);
    }
    return out;
  }

  const Options& options_;
  const MapOptions& map_;
  const TaskDescription* const type_;
  WorkflowSpec spec_{.name = kMapName};
  StageSpec stage_{.name = kMapName};
  std::vector<Error> errors_;
  const MapItems items_;    // reports into errors_
  bool uses_item_ = false;  // a placeholder or an expression says where it belongs
  bool reported_no_item_ = false, reported_in_word_ = false;
  std::set<const Placeholder*> reported_foreign_;
};

}  // namespace

Result<WorkflowSpec> map_workflow(const Options& options, const TaskDescription* type) {
  return MapSpec(options, type).make();
}

Result<void> check_items_are_used(const Options& options, const PlannedStage& stage) {
  const bool any = stage.items->fans_out() || stage.streams_from;
  if (!any || stage.type().params.empty() || !stage.parameters->varying().empty()) return {};
  const std::string source = !options.map.items.empty() ? "--" + options.map.items.front().first
                             : options.map.pipe         ? "--pipe"
                                                        : "the lists";
  if (source == "--range") return {};
  return Error{codes::kUnusedMapItems,
               fmt::format("no task uses its item of {}: all would do the same", source),
               {},
               {options.map.words ? "write {} where the item belongs, as in: -- gzip {}"
                                  : "write {} where the item belongs, as in: --with NAME={}",
                "to repeat one command a number of times use --range N"}};
}

Result<ResultReportStyle> printed_style(const Options& options, const TaskDescription& type) {
  const std::string& task = options.arguments.front();
  const bool command = task == "shell.run";
  ResultReportStyle style{.field = options.map.print, .as_completed = options.map.as_completed, .tag = options.map.tag};
  if (style.field.empty() && command) style.field = "stdout";
  if (style.field.empty()) return style;
  std::vector<std::string> names;
  for (const Field& field : type.results) {
    names.push_back(field.name);
    if (field.name != style.field) continue;
    style.verbatim = field.type == Type::bytes || (command && field.type == Type::text);
    return style;
  }
  return Error{codes::kBadOptionValue,
               fmt::format("--print {}: a result of task '{}' has no such field{}", escape_for_display(style.field),
                           task, did_you_mean(style.field, names)),
               {},
               {names.empty() ? std::string("it has none") : fmt::format("it has: {}", fmt::join(names, ", "))}};
}

}  // namespace ropewalk::cli
