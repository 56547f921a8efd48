#include "workflow/spec_text.hpp"

#include "base/text.hpp"
#include "workflow/keys.hpp"
#include "workflow/spec_value_text.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace ropewalk {
namespace {

bool is_given(const SpecValue& value) { return !value.is_absent(); }
bool is_given(const SpecList& list) { return !list.is_absent(); }
bool is_given(const SpecMap& map) { return !map.is_absent(); }
bool is_given(const std::string& text) { return !text.empty(); }

/// A map of the language on one line: its keys, those without a value left out.
using Keys = std::vector<std::pair<const char*, SpecValue>>;

SpecMap map_of(const Keys& keys) {
  SpecMap map = SpecMap::none();
  for (const auto& [name, value] : keys)
    if (is_given(value)) map.add(name, value);
  return map;
}

SpecValue of_list(const SpecList& list) { return is_given(list) ? SpecValue(list) : SpecValue(); }
SpecValue of_map(const SpecMap& map) { return is_given(map) ? SpecValue(map) : SpecValue(); }
SpecValue of_text(const std::string& text) { return is_given(text) ? SpecValue(text) : SpecValue(); }

/// Absent if it has no field.
SpecValue unless_empty(SpecMap map) { return map.fields().empty() ? SpecValue() : SpecValue(std::move(map)); }

/// The value alone if that is the first key and no other is given, as in `retries: 2`.
SpecValue shortened(const Keys& keys) {
  SpecMap map = map_of(keys);
  const bool alone = map.fields().size() == 1 && is_given(keys.front().second);
  const SpecValue& first = keys.front().second;
  return alone && !first.as_list() && !first.as_map() ? first : unless_empty(std::move(map));
}

SpecValue value_of(const RetriesSpec& retries) {
  const SpecValue value = shortened({{"max", retries.max},
                                     {"delay", retries.delay},
                                     {"backoff", retries.backoff},
                                     {"max_delay", retries.max_delay},
                                     {"jitter", retries.jitter},
                                     {"when", retries.when}});
  return is_given(value) || !retries.given ? value : SpecValue(SpecMap::none());
}

SpecValue value_of(const LimitsSpec& limits) {
  SpecMap map = map_of(
      {{"memory", limits.memory}, {"cpu_time", limits.cpu_time}, {"files", limits.files}, {"output", limits.output}});
  return limits.given ? SpecValue(std::move(map)) : unless_empty(std::move(map));
}

SpecValue value_of(const RangeSpec& range) {
  if (is_given(range.count)) return range.count;
  return unless_empty(map_of({{"from", range.from}, {"to", range.to}, {"step", range.step}}));
}

SpecValue value_of(const LinesSpec& lines) { return shortened({{"file", lines.file}, {"end", lines.end}}); }

/// Of all keys but `list`, which is no key.
SpecMap map_of(const ForeachSpec& foreach) {
  return map_of({{"range", value_of(foreach.range)},
                 {"glob", foreach.glob},
                 {"lines", value_of(foreach.lines)},
                 {"jsonl", foreach.jsonl},
                 {"matrix", of_map(foreach.matrix)},
                 {"exclude", foreach.exclude},
                 {"include", of_list(foreach.include)},
                 {"results", foreach.results}});
}

SpecValue value_of(const ParamSpec& param) {
  const auto name_of = [](const std::optional<Type>& type) { return type ? SpecValue(type_name(*type)) : SpecValue(); };
  SpecMap map = map_of({{"type", name_of(param.type)},
                        {"of", name_of(param.of)},
                        {"default", param.default_value},
                        {"min", param.min},
                        {"max", param.max},
                        {"choices", of_list(param.choices)},
                        {"help", of_text(param.help)},
                        {"secret", param.secret ? SpecValue(true) : SpecValue()}});
  const bool short_form = map.fields().size() == 1 && is_given(param.default_value) && !param.default_value.as_map();
  return short_form ? param.default_value : SpecValue(std::move(map));
}

class SpecWriter {
 public:
  SpecWriter(const WorkflowSpec& spec, std::size_t max_bytes)
      : spec_(spec),
        writer_(out_, max_bytes, [this](const char* code, std::string message) { report(code, std::move(message)); }) {}

  SpecText write() {
    out_ = "ropewalk: 1\n";
    name_key("name", spec_.name);
    name_key("description", spec_.description);
    key("requires", unless_empty(map_of({{"ropewalk", of_text(spec_.requirements.ropewalk)},
                                         {"plugins", of_map(spec_.requirements.plugins)}})));
    key("plugins", unless_empty(map_of({{"path", of_list(spec_.plugins.path)}})));
    key("include", of_list(spec_.include));
    params();
    fields("vars", "var", spec_.vars);
    fields("env", "variable", spec_.env);
    defaults();
    stages();
    return {std::move(out_), parts_, std::move(problems_)};
  }

 private:
  void report(const char* code, std::string message, std::vector<std::string> notes = {}) {
    Place place;
    place.part = parts_->at(out_.size());
    // Its line gives the order among the diagnostics of the text.
    place.line = static_cast<int>(std::count(out_.begin(), out_.end(), '\n')) + 1;
    problems_.push_back({code, std::move(message), std::move(place), std::move(notes)});
  }

  /// Names the part that begins: "param 'width'", "stage 'hash', parameter 'path'", "stage 'hash', 'timeout'".
  void begin(std::string_view what, std::string_view name) {
    parts_->begin(out_.size(), fmt::format("{}{}{}{}'{}'", stage_, stage_.empty() ? "" : ", ", what,
                                           what.empty() ? "" : " ", escape_for_display(name)));
  }

  void key(std::string_view name, const SpecValue& value) {
    if (!is_given(value)) return;
    begin("", name);
    fmt::format_to(std::back_inserter(out_), "{:{}}{}: ", "", indent_, name);
    writer_.value(value);
    out_ += '\n';
  }

  void name_key(std::string_view name, const std::string& text) {
    if (text.empty()) return;
    begin("", name);
    fmt::format_to(std::back_inserter(out_), "{:{}}{}: ", "", indent_, name);
    writer_.name(text);
    out_ += '\n';
  }

  /// Names with values, one a line.
  void fields(std::string_view key, std::string_view what, const SpecMap& map) {
    if (!is_given(map)) return;
    const bool empty = std::none_of(map.fields().begin(), map.fields().end(),
                                    [](const SpecField& field) { return is_given(field.value); });
    begin("", key);
    fmt::format_to(std::back_inserter(out_), "{:{}}{}:{}\n", "", indent_, key, empty ? " {}" : "");
    for (const SpecField& field : map.fields()) {
      if (!is_given(field.value)) continue;
      if (writer_.is_full()) return;
      begin(what, field.name);
      out_.append(indent_ + 2, ' ');
      writer_.name(field.name);
      out_ += ": ";
      writer_.value(field.value);
      out_ += '\n';
    }
  }

  void params() {
    if (spec_.params.empty()) return;
    begin("", "params");
    out_ += "params:\n";
    for (const ParamSpec& param : spec_.params) {
      if (writer_.is_full()) return;
      begin("param", param.name);
      out_ += "  ";
      writer_.name(param.name);
      out_ += ": ";
      writer_.value(value_of(param));
      out_ += '\n';
    }
  }

  /// The keys that `defaults` and a stage share.
  template <class Keys>
  void shared(const Keys& keys) {
    name_key("task", keys.task);
    key("executor", keys.executor);
    key("workers", keys.workers);
    key("per_host", keys.per_host);
    key("on_error", keys.on_error);
    if constexpr (requires { keys.foreach; })
      foreach (keys.foreach)
        ;
    fields("with", "parameter", keys.with);
    fields("outputs", "output", keys.outputs);
    key("retries", value_of(keys.retries));
    key("timeout", keys.timeout);
    key("limits", value_of(keys.limits));
    key("drift", keys.drift);
    fields("env", "variable", keys.env);
    fields("vars", "var", keys.vars);
    key("reads", keys.reads);
    key("writes", keys.writes);
    key("inputs", keys.inputs);
  }

  void foreach (const ForeachSpec& items) {
    SpecMap sources = map_of(items);
    const bool has_sources = !sources.fields().empty();
    key("foreach", is_given(items.list) ? items.list : unless_empty(std::move(sources)));
    if (is_given(items.list) && has_sources)
      report(codes::kWrongForm, "'foreach' takes one source of items, and there is a 'list' besides others",
             {"give one of list, range, glob, lines, jsonl, matrix, results"});
    RangeSpec ends = items.range;
    ends.count = {};
    if (is_given(items.range.count) && ends != RangeSpec())
      report(codes::kWrongForm, "'range' has a 'count' besides 'from', 'to' or 'step'",
             {"give the count for 0 up to it, or the ends"});
  }

  void defaults() {
    if (spec_.defaults == DefaultsSpec()) return;
    begin("", "defaults");
    out_ += "defaults:\n";
    stage_ = "defaults";
    indent_ = 2;
    shared(spec_.defaults);
    stage_.clear();
    indent_ = 0;
  }

  void stages() {
    if (spec_.stages.empty() && is_given(spec_.include)) return;
    begin("", "stages");
    out_ += spec_.stages.empty() ? "stages: []\n" : "stages:\n";
    indent_ = 4;
    for (std::size_t i = 0; i < spec_.stages.size() && !writer_.is_full(); ++i) stage(spec_.stages[i], i + 1);
  }

  void stage(const StageSpec& stage, std::size_t number) {
    constexpr std::string_view kDash = "  - ";
    stage_ = is_name(stage.name) ? fmt::format("stage '{}'", stage.name) : fmt::format("stage {}", number);
    parts_->begin(out_.size(), stage_);
    const std::size_t start = out_.size();
    name_key("name", stage.name);
    shared(stage);
    key("needs", of_list(stage.needs));
    key("after", stage.after);
    key("if", stage.condition);
    if (out_.size() == start) out_ += "    {}\n";
    out_.replace(start, kDash.size(), kDash);
  }

  const WorkflowSpec& spec_;
  std::string out_;
  const std::shared_ptr<PartNames> parts_ = std::make_shared<PartNames>();
  std::vector<Error> problems_;
  SpecValueWriter writer_;
  std::string stage_;  // "stage 'hash'" or "defaults"; empty: neither
  std::size_t indent_ = 0;
};

}  // namespace

SpecText write_spec(const WorkflowSpec& spec, std::size_t max_bytes) { return SpecWriter(spec, max_bytes).write(); }

}  // namespace ropewalk
