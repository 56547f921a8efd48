#include "workflow/spec_text.hpp"

#include "base/text.hpp"
#include "workflow/diagnostics.hpp"
#include "workflow/keys.hpp"
#include "workflow/spec_keys.hpp"
#include "workflow/spec_value_text.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace ropewalk {
namespace {

class SpecWriter {
 public:
  SpecWriter(const WorkflowSpec& spec, std::size_t max_bytes)
      : spec_(spec),
        writer_(out_, max_bytes, [this](const char* code, std::string message) { report(code, std::move(message)); }) {}

  SpecText write() {
    out_ = "ropewalk: 1\n";
    name_key("name", spec_.name);
    name_key("description", spec_.description);
    key("requires", value_of(spec_.requirements));
    key("plugins", map_of({{"path", of_list(spec_.plugins.path)}, {"load_timeout", spec_.plugins.load_timeout}}));
    key("include", of_list(spec_.include));
    params();
    fields("vars", "var", spec_.vars);
    fields("env", "variable", spec_.env);
    key("deadline", spec_.deadline);
    defaults();
    stages();
    return {std::move(out_), parts_, std::move(problems_)};
  }

 private:
  void report(const char* code, std::string message, std::vector<std::string> notes = {}) {
    if (problems_.size() > Diagnostics::kMax) return;
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
    if (value.is_absent()) return;
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
    if (map.is_absent()) return;
    const bool empty = std::none_of(map.fields().begin(), map.fields().end(),
                                    [](const SpecField& field) { return !field.value.is_absent(); });
    begin("", key);
    fmt::format_to(std::back_inserter(out_), "{:{}}{}:{}\n", "", indent_, key, empty ? " {}" : "");
    for (const SpecField& field : map.fields()) {
      if (field.value.is_absent()) continue;
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
    key("cores", keys.cores);
    key("on_error", keys.on_error);
    if constexpr (requires { keys.foreach; }) items(keys.foreach);
    fields("with", "parameter", keys.with);
    fields("outputs", "output", keys.outputs);
    key("retries", value_of(keys.retries));
    key("timeout", keys.timeout);
    key("deadline", keys.deadline);
    key("limits", value_of(keys.limits));
    key("drift", keys.drift);
    key("python", keys.python);
    fields("env", "variable", keys.env);
    fields("vars", "var", keys.vars);
    key("reads", keys.reads);
    key("writes", keys.writes);
    key("inputs", keys.inputs);
  }

  void items(const ForeachSpec& items) {
    const SpecValue source = value_of(items);
    const bool has_list = !items.list.is_absent() && !(source.as_map() && source.as_map()->find("list"));
    key("foreach", has_list ? items.list : source);
    if (has_list && !source.is_absent())
      report(codes::kWrongForm, "'foreach' takes one source of items, and there is a 'list' besides others",
             {"give one of list, range, glob, lines, jsonl, blocks, matrix, zip, results"});
    RangeSpec ends = items.range;
    ends.count = {};
    if (!items.range.count.is_absent() && ends != RangeSpec())
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
    if (spec_.stages.empty() && !spec_.include.is_absent()) return;
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
    key("finally", stage.finally);
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
