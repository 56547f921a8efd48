#include "planner/settings.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "workflow/constant.hpp"
#include "workflow/scalar.hpp"
#include "workflow/text_file.hpp"
#include "workflow/yaml.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

namespace ropewalk {
namespace {

constexpr std::string_view kVariablePrefix = "ROPEWALK_PARAM_";

/// A source of the text of a param.
struct Origin {
  std::string name;  ///< of an input, or of a variable
  bool is_variable = false;

  /// The name for one param: a variable contains the param's name.
  std::string at(std::string_view param) const {
    return is_variable ? name : fmt::format("{} {}", name, escape_for_display(param));
  }

  bool operator==(const Origin&) const = default;
};

class SettingReader {
 public:
  /// `origin`: where the texts come from.
  SettingReader(const ParamForm& form, Origin origin, Diagnostics& diagnostics)
      : form_(form), field_(form.field), origin_(std::move(origin)), diagnostics_(diagnostics) {}

  const Origin& origin() const { return origin_; }

  /// Returns false if a diagnostic was reported.
  bool take(const std::string& value) {
    const Type type = field_.type;
    const bool json = (type == Type::list && value.starts_with('[')) || (type == Type::map && value.starts_with('{'));
    if (json) return take_json(value);
    if (type != Type::list) return take_scalar(value, type, value_);
    Value element;
    if (!take_scalar(value, field_.element, element)) return false;
    if (!collecting_) value_ = List();
    collecting_ = true;
    value_.as_list()->push_back(std::move(element));
    return true;
  }

  bool finish(Value& out) {
    if (const std::string problem = outside_limits(field_, value_); !problem.empty())
      return report(fmt::format("param '{}' {}{}", form_.key->text, problem, nearly_a_choice(field_, value_)));
    out = std::move(value_);
    return true;
  }

 private:
  bool report(std::string message, std::string fix = {}) {
    if (field_.secret)
      message = fmt::format("the value of the secret param '{}' does not fit: it wants {}", form_.key->text,
                            type_phrase(field_.type));
    diagnostics_.add(codes::kBadSetting, {}, fmt::format("{}: {}", origin_.at(form_.key->text), message),
                     fix.empty() ? std::vector<std::string>{} : std::vector<std::string>{std::move(fix)});
    return false;
  }

  bool take_scalar(const std::string& text, Type type, Value& out) {
    if (type != Type::path && type != Type::bytes && !is_utf8(text))
      return report(fmt::format("the value of param '{}' is not UTF-8", form_.key->text));
    ScalarReading reading = read_scalar(text, type, false);
    if (!reading.value && type == Type::any) reading.value = Value(text);  // quotes are not required on a command line
    if (!reading.value)
      return report(fmt::format("param '{}' wants {}, but {}", form_.key->text, type_phrase(type), reading.problem),
                    reading.fix);
    out = std::move(*reading.value);
    return true;
  }

  /// JSON is read as YAML, of which it is a subset, with the same limits and types.
  bool take_json(const std::string& text) {
    Diagnostics inner;
    auto source = check_text(text, origin_.name);
    std::optional<Node> root;
    std::optional<Value> value;
    if (source) root = read_yaml(*source, inner);
    if (root)
      value = read_constant(*source, *root, {field_.type, field_.element}, fmt::format("param '{}'", form_.key->text),
                            inner);
    std::vector<Error> errors = source ? inner.take() : source.error().list;
    if (!errors.empty()) return report(errors.front().message, "lists and maps are given as JSON, such as '[1, 2]'");
    if (!value) return report("this is no JSON");
    value_ = std::move(*value);
    collecting_ = false;
    return true;
  }

  const ParamForm& form_;
  const Field& field_;
  const Origin origin_;
  Diagnostics& diagnostics_;
  Value value_;
  bool collecting_ = false;
};

void report_unknown(const Document& document, const Origin& origin, const std::string& name, Diagnostics& diagnostics) {
  const std::vector<std::string> known = document.params->names();
  diagnostics.add(
      codes::kUnknownSetting, {},
      fmt::format("{}: the workflow has no param of that name{}", origin.at(name), did_you_mean(name, known)),
      {known.empty() ? std::string("it has no params") : fmt::format("its params are: {}", at_most_ten(known))});
}

void report_missing(const ParamForm& form, const std::string& note, const InputNames& inputs,
                    Diagnostics& diagnostics) {
  const std::string& name = form.key->text;
  const std::string help = form.field.help.empty() ? "" : fmt::format(" ({})", escape_for_display(form.field.help));
  std::vector<std::string> notes{
      form.field.secret ? fmt::format("give it with {} {}=FILE or in {}{}; other users can see what {} gives",
                                      inputs.set_file, name, param_variable(name), help, inputs.set)
                        : fmt::format("give it with {} {}={}{}", inputs.set, name, type_name(form.field.type), help)};
  if (!note.empty()) notes.push_back(note);
  diagnostics.add(codes::kMissingSetting, {}, fmt::format("param '{}' has no default and is not set", name),
                  std::move(notes));
}

/// Reads the sources in order of precedence.
class SettingsReader {
 public:
  SettingsReader(const Document& document, const InputNames& inputs, Diagnostics& diagnostics)
      : document_(document), inputs_(inputs), diagnostics_(diagnostics) {}

  void take_set(const std::string& setting) {
    const std::size_t equals = setting.find('=');
    const std::string name = setting.substr(0, equals);
    if (equals != std::string::npos && equals != 0) return take({inputs_.set}, name, setting.substr(equals + 1));
    diagnostics_.add(codes::kBadSetting, {},
                     fmt::format("{} {}: there is no value", inputs_.set, escape_for_display(setting)),
                     {fmt::format("write {} NAME=VALUE", inputs_.set)});
    if (document_.param(name)) settings_.unknown.insert(name);
  }

  void take(const Origin& origin, const std::string& name, const std::string& text) {
    const ParamForm* form = document_.param(name);
    if (!form) return report_unknown(document_, origin, name, diagnostics_);
    if (form->broken || (settings_.unknown.contains(name) && !readers_.contains(name))) return;
    SettingReader& reader = readers_.try_emplace(name, *form, origin, diagnostics_).first->second;
    if (reader.origin() == origin && !reader.take(text)) settings_.unknown.insert(name);
  }

  void take_variables(const std::vector<std::pair<std::string, std::string>>& environment,
                      std::vector<Error>& warnings) {
    std::map<std::string, const ParamForm*> known;
    for (const ParamForm& form : *document_.params) {
      const auto [other, is_new] = known.emplace(param_variable(form.key->text), &form);
      if (is_new) continue;
      for (const auto& [variable, text] : environment)
        if (variable == other->first)
          diagnostics_.add(
              codes::kBadSetting, {},
              fmt::format("{} could be param '{}' or '{}'", variable, other->second->key->text, form.key->text),
              {fmt::format("give them with {} or {}", inputs_.set, inputs_.set_file)});
    }
    std::vector<std::string> names;  // without their common prefix
    for (const auto& each : known) names.push_back(each.first.substr(kVariablePrefix.size()));
    for (const auto& [variable, text] : environment) {
      if (const auto found = known.find(variable); found != known.end())
        take({variable, true}, found->second->key->text, text);
      else if (const std::string meant = nearest(variable.substr(kVariablePrefix.size()), names); !meant.empty())
        misspelt(variable, std::string(kVariablePrefix) + meant, warnings);
    }
  }

  /// Warns. If the param has no other value, the diagnostic about the missing param contains the same text.
  void misspelt(const std::string& variable, const std::string& meant, std::vector<Error>& warnings) {
    const std::string text = fmt::format("{} is set, but the workflow has no param of that name; did you mean '{}'?",
                                         escape_for_display(variable), meant);
    warnings.push_back(Error{codes::kUnknownVariable, text});
    misspelt_[meant] = text;
  }

  Settings finish() {
    for (const ParamForm& form : *document_.params) finish(form);
    return std::move(settings_);
  }

 private:
  void finish(const ParamForm& form) {
    const std::string& name = form.key->text;
    const auto reader = readers_.find(name);
    if (form.broken)
      settings_.unknown.insert(name);
    else if (settings_.unknown.contains(name))
      return;
    else if (reader != readers_.end()) {
      if (!reader->second.finish(settings_.values[name])) settings_.unknown.insert(name);
      settings_.origins[name] = reader->second.origin().name;
    } else if (form.field.default_value)
      settings_.values[name] = *form.field.default_value;
    else {
      const auto near = misspelt_.find(param_variable(name));
      report_missing(form, near == misspelt_.end() ? "" : near->second, inputs_, diagnostics_);
      settings_.unknown.insert(name);
    }
  }

  const Document& document_;
  const InputNames& inputs_;
  Diagnostics& diagnostics_;
  Settings settings_;
  std::map<std::string, SettingReader> readers_;  // by param
  std::map<std::string, std::string> misspelt_;   // notes, by the variable that was meant
};

}  // namespace

Settings read_settings(const Document& document, const SettingSources& sources, Diagnostics& diagnostics,
                       std::vector<Error>& warnings) {
  SettingsReader reader(document, sources.names, diagnostics);
  for (const std::string& setting : sources.set) reader.take_set(setting);
  for (const auto& [name, text] : sources.set_files) reader.take({sources.names.set_file}, name, text);
  reader.take_variables(sources.environment, warnings);
  return reader.finish();
}

std::string param_variable(std::string_view name) {
  std::string variable(kVariablePrefix);
  for (const char c : name) variable += c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return variable;
}

}  // namespace ropewalk
