#include "plan/settings.hpp"

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

class SettingReader {
 public:
  SettingReader(const ParamForm& form, Mistakes& mistakes) : form_(form), field_(form.field), mistakes_(mistakes) {}

  /// false: a mistake is told.
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
      return tell(fmt::format("param '{}' {}{}", form_.key->text, problem, nearly_a_choice(field_, value_)));
    out = std::move(value_);
    return true;
  }

 private:
  bool tell(std::string message, std::string way_out = {}) {
    if (field_.secret)
      message = fmt::format("the value of the secret param '{}' does not fit: it wants {}", form_.key->text,
                            type_phrase(field_.type));
    mistakes_.add(codes::kBadSetting, {}, fmt::format("--set {}: {}", form_.key->text, message),
                  way_out.empty() ? std::vector<std::string>{} : std::vector<std::string>{std::move(way_out)});
    return false;
  }

  bool take_scalar(const std::string& text, Type type, Value& out) {
    if (type != Type::path && type != Type::bytes && !is_utf8(text))
      return tell(fmt::format("the value of param '{}' is not UTF-8", form_.key->text));
    ScalarReading reading = read_scalar(text, type, false);
    if (!reading.value && type == Type::any) reading.value = Value(text);  // a command line has no quotes to insist on
    if (!reading.value)
      return tell(fmt::format("param '{}' wants {}, but {}", form_.key->text, type_phrase(type), reading.problem),
                  reading.way_out);
    out = std::move(*reading.value);
    return true;
  }

  /// JSON is read as the YAML that it is, with the same limits and types.
  bool take_json(const std::string& text) {
    Mistakes inner;
    auto source = check_text(text, "--set");
    std::optional<Node> root;
    std::optional<Value> value;
    if (source) root = read_yaml(*source, inner);
    if (root)
      value = read_constant(*source, *root, {field_.type, field_.element}, fmt::format("param '{}'", form_.key->text),
                            inner);
    std::vector<Error> errors = source ? inner.take() : source.error().list;
    if (!errors.empty()) return tell(errors.front().message, "lists and maps are given as JSON, such as '[1, 2]'");
    if (!value) return tell("this is no JSON");
    value_ = std::move(*value);
    collecting_ = false;
    return true;
  }

  const ParamForm& form_;
  const Field& field_;
  Mistakes& mistakes_;
  Value value_;
  bool collecting_ = false;
};

void tell_unknown(const Document& document, const std::string& name, Mistakes& mistakes) {
  std::vector<std::string> known;
  for (const ParamForm& form : document.params) known.push_back(form.key->text);
  mistakes.add(
      codes::kUnknownSetting, {},
      fmt::format("--set {}: the workflow has no param of that name{}", escape_for_display(name),
                  did_you_mean(name, known)),
      {known.empty() ? std::string("it has no params") : fmt::format("its params are: {}", fmt::join(known, ", "))});
}

void tell_missing(const ParamForm& form, Mistakes& mistakes) {
  const std::string& name = form.key->text;
  mistakes.add(codes::kMissingSetting, {}, fmt::format("param '{}' has no default and is not set", name),
               {fmt::format("give it with --set {}={}{}", name, type_name(form.field.type),
                            form.field.help.empty() ? "" : fmt::format(" ({})", escape_for_display(form.field.help)))});
}

}  // namespace

Settings read_settings(const Document& document, const std::vector<std::string>& set, Mistakes& mistakes) {
  Settings settings;
  std::map<std::string, SettingReader> readers;
  for (const std::string& setting : set) {
    const std::size_t equals = setting.find('=');
    const std::string name = setting.substr(0, equals);
    if (equals == std::string::npos || equals == 0) {
      mistakes.add(codes::kBadSetting, {}, fmt::format("--set {}: there is no value", escape_for_display(setting)),
                   {"write --set NAME=VALUE"});
      if (document.param(name)) settings.unknown.insert(name);
      continue;
    }
    const ParamForm* form = document.param(name);
    if (!form) tell_unknown(document, name, mistakes);
    else if (!form->broken &&
             !readers.try_emplace(name, *form, mistakes).first->second.take(setting.substr(equals + 1)))
      settings.unknown.insert(name);
  }
  for (const ParamForm& form : document.params) {
    const std::string& name = form.key->text;
    const auto reader = readers.find(name);
    if (form.broken) settings.unknown.insert(name);
    else if (settings.unknown.contains(name)) continue;
    else if (reader != readers.end()) {
      if (!reader->second.finish(settings.values[name])) settings.unknown.insert(name);
    } else if (form.field.default_value) settings.values[name] = *form.field.default_value;
    else {
      tell_missing(form, mistakes);
      settings.unknown.insert(name);
    }
  }
  return settings;
}

}  // namespace ropewalk
