#include "map_workflow.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"
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

constexpr std::string_view kItem = "${{ item }}";

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
  MapSpec(const Options& options, const TaskDescription* type) : options_(options), map_(options.map), type_(type) {}

  Result<WorkflowSpec> make() {
    if (is_text(options_.arguments.front(), "the task type")) stage_.task = options_.arguments.front();
    plugin_folders();
    placing();
    items();
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
  }

  void items() {
    if (map_.null && (map_.items.empty() || map_.items.front().first != "lines"))
      report(codes::kBadOptionValue, "-0 sets the line ends of --lines, and --lines is not given",
             "give --lines FILE; - is standard input");
    if (map_.items.empty()) return;
    if (map_.items.size() > 1)
      report(codes::kBadOptionValue,
             fmt::format("--{} and --{} are two sources of items", map_.items[0].first, map_.items[1].first),
             "give one of --range, --glob, --lines and --jsonl, once");
    const auto& [key, value] = map_.items.front();
    const SpecValue source = scalar(value, "--" + key);
    if (key == "range")
      stage_.foreach.range.count = source;
    else if (key == "glob")
      stage_.foreach.glob = source;
    else if (key == "jsonl")
      stage_.foreach.jsonl = source;
    else
      stage_.foreach.lines.file = source;
    if (map_.null) stage_.foreach.lines.end = '\0';
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
    if (words) stage_.with.add("argv", list(map_.words->begin(), map_.words->end(), "the command"));
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
    if (last == "{}" && !map_.items.empty()) return text(last, "--with " + given.name);
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
    if (node.is_map() && node.children.empty() && !map_.items.empty()) return kItem;
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
           fmt::format("'{}' is a placeholder of GNU parallel; here only {{}} is one", placeholder.written),
           fmt::format("{}; where these characters are meant write ${{{{ '{}' }}}}", placeholder.meaning,
                       placeholder.written));
  }

  /// Replaces `{}` by the item, except within expressions. Bytes that are not UTF-8 are written as base64.
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
      else if (text.starts_with("${{"))
        length = std::min(text.find("}}"), text.size() - 2) + 2;
      else if (const Placeholder* of_shell = text.starts_with("$") ? foreign_at(text.substr(1)) : nullptr)
        length = 1 + of_shell->written.size();  // ${#}
      else if (text.starts_with("{}")) {
        keep_dollars(out);
        out += kItem;
        text.remove_prefix(2);
        if (map_.items.empty() && !std::exchange(reported_no_item_, true))
          report(codes::kMissingArgument, "there is no item for '{}'",
                 "give --range, --glob, --lines or --jsonl; where two braces are meant write ${{ '{}' }}");
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
  bool reported_no_item_ = false;
  std::set<const Placeholder*> reported_foreign_;
};

}  // namespace

Result<WorkflowSpec> map_workflow(const Options& options, const TaskDescription* type) {
  return MapSpec(options, type).make();
}

Result<void> check_items_are_used(const Options& options, const PlannedStage& stage) {
  if (options.map.items.empty() || stage.type().params.empty() || !stage.parameters->varying().empty()) return {};
  const std::string& source = options.map.items.front().first;
  if (source == "range") return {};
  return Error{codes::kUnusedMapItems,
               fmt::format("no task uses its item of --{}: all would do the same", source),
               {},
               {options.map.words ? "write {} where the item belongs, as in: -- gzip {}"
                                  : "write {} where the item belongs, as in: --with NAME={}",
                "to repeat one command a number of times use --range N"}};
}

Result<ResultReportStyle> printed_style(const Options& options, const TaskDescription& type) {
  const std::string& task = options.arguments.front();
  const bool command = task == "shell.run";
  ResultReportStyle style{.field = options.map.print};
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
