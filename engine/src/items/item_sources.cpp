#include "items/item_sources.hpp"

#include "base/suggest.hpp"
#include "base/text.hpp"
#include "expressions/evaluate.hpp"
#include "items/glob.hpp"
#include "items/item_lists.hpp"
#include "expressions/stage_vars.hpp"
#include "workflow/scalar.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

namespace ropewalk {
namespace {

constexpr std::string_view kTooMany = "a stage has at most 1,000,000,000 tasks";

Type type_of(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::boolean: return Type::boolean;
    case Value::Kind::integer: return Type::integer;
    case Value::Kind::real: return Type::real;
    case Value::Kind::text: return Type::text;
    case Value::Kind::bytes: return Type::bytes;
    case Value::Kind::path: return Type::path;
    case Value::Kind::list: return Type::list;
    case Value::Kind::map: return Type::map;
    case Value::Kind::null: break;
  }
  return Type::any;
}

/// The one type of all values, or any.
class CommonType {
 public:
  void add(const Value& value) {
    const Type type = type_of(value);
    type_ = seen_ && type != type_ ? Type::any : type;
    seen_ = true;
  }
  Type type() const { return type_; }

 private:
  bool seen_ = false;
  Type type_ = Type::any;
};

bool is_range(const Value& list) {
  const SharedList* shared = list.as_shared_list();
  return shared && shared->is_range() && shared->size() > 0;
}

/// The type of all elements of a list, or any.
Type type_of_elements(const Value& list) {
  CommonType common;
  if (is_range(list)) return Type::integer;
  for (const Value& value : *list.as_list()) common.add(value);
  return common.type();
}

class ItemCompiler {
 public:
  ItemCompiler(const StageForm& stage, const ResolveContext& names)
      : stage_(stage), names_(names), out_(std::make_unique<CompiledItems>()) {}

  std::unique_ptr<CompiledItems> compile() {
    out_->signature += static_cast<char>('0' + static_cast<int>(stage_.fan_out));
    bool good = false;
    switch (stage_.fan_out) {
      case FanOut::none:
        out_->items = std::make_shared<SingleItem>();
        good = true;
        break;
      case FanOut::list: good = list(); break;
      case FanOut::range: good = range(); break;
      case FanOut::glob: good = glob(); break;
      case FanOut::lines: good = lines(); break;
      case FanOut::jsonl: good = json_lines(); break;
      case FanOut::matrix: good = matrix(); break;
      case FanOut::results: good = results(); break;
      case FanOut::broken: break;
    }
    return good ? std::move(out_) : nullptr;
  }

 private:
  void adopt(const Binding& binding) {
    out_->reads.insert(binding.stages().begin(), binding.stages().end());
    binding.append_signature(out_->signature);
  }
  void tell(const char* code, const Node& node, std::string message, std::string way_out) {
    names_.diagnostics.add(code, place_of(names_.source(), node), std::move(message), {std::move(way_out)});
  }

  bool list() {
    auto binding = Binding::compile(*stage_.items, {Type::list, Type::any}, "'foreach'", names_);
    if (!binding) return false;
    adopt(*binding);
    if (binding->is_unknown()) return false;
    binding->share();
    // Each stage that reads a long list looks at it.
    std::string problem;
    if (binding->is_constant() && !is_range(binding->constant()) && !names_.budget.is_spent() && !names_.budget.scan(*binding->constant().list_size(), problem))
      report_costs(names_.budget, names_.diagnostics, place_of(names_.source(), *stage_.items), "'foreach'", problem);
    if (names_.budget.is_spent()) return false;
    if (binding->is_constant()) describe(binding->constant());
    else if (stage_.items->is_scalar()) describe_expression(binding->shape());
    out_->items = std::make_shared<ListItems>(std::move(*binding));
    return true;
  }

  void describe(const Value& items) {
    CommonType all;
    std::map<std::string, CommonType> members;
    if (is_range(items)) all.add(Value(0));
    else
      for (const Value& item : *items.as_list()) {
        all.add(item);
        if (item.as_map())
          for (const auto& [name, value] : *item.as_map()) members[name].add(value);
      }
    out_->item.is = {all.type(), Type::any};
    if (all.type() != Type::map) return;
    for (const auto& [name, common] : members) {
      Field field;
      field.name = name;
      field.type = common.type();
      out_->item_fields.push_back(std::move(field));
    }
    out_->item.fields = &out_->item_fields;
  }

  /// `foreach: ${{ stages.a.result.files }}`: its elements have the declared element type.
  void describe_expression(const StaticType& list) {
    if (list.is.type == Type::list) out_->item = StaticType{{list.is.element, Type::any}, list.fields, list.declared, list.fields_of};
  }

  bool range() {
    auto items = std::make_shared<RangeItems>();
    const Node& node = *stage_.items;
    const auto bound = [&](const Node* part, std::string_view what, std::optional<Binding>& out) {
      if (!part) return true;
      out = Binding::compile(*part, {Type::integer, Type::any}, what, names_);
      if (out) adopt(*out);
      out_->signature += ',';
      return out.has_value();
    };
    bool good = false;
    if (node.is_map()) {
      good = bound(node.find("from"), "'from'", items->from);
      good = bound(node.find("to"), "'to'", items->to) && good;
      good = bound(node.find("step"), "'step'", items->step) && good;
      if (good && !items->from && !items->step) items->from = zero(node);
    } else good = bound(&node, "'range'", items->to);
    if (!good || !check_range(*items, node)) return false;
    out_->item.is = {Type::integer, Type::any};
    out_->items = std::move(items);
    return true;
  }

  /// `{to: n}` begins with 0 and includes n, unlike `range: n`.
  std::optional<Binding> zero(const Node& near) {
    Node node;
    node.kind = Node::Kind::scalar;
    node.text.push_back('0');
    node.offset = near.offset;
    return Binding::compile(node, {Type::integer, Type::any}, "'from'", names_);
  }

  bool check_range(const RangeItems& items, const Node& node) {
    bool known = true, unknown = false;
    const auto value = [&](const std::optional<Binding>& binding, std::int64_t without) {
      if (!binding) return without;
      known = known && binding->is_constant();
      unknown = unknown || binding->is_unknown();
      return known && binding->constant().as_int() ? *binding->constant().as_int() : without;
    };
    const std::int64_t from = value(items.from, 0), to = value(items.to, 0), step = value(items.step, 1);
    if (unknown) return false;  // that diagnostic is told
    if (!known) return true;    // seen when the stage starts
    const bool counted = !items.from && !items.step;
    if (step == 0)
      return tell(codes::kOutOfRange, *node.find("step"), "the 'step' of a range must not be 0", "leave it out for 1"),
             false;
    if (counted && to < 0)
      return tell(codes::kOutOfRange, node, fmt::format("'range' must be at least 0, this is {}", to),
                  "a range of n runs from 0 to n-1"),
             false;
    const bool too_many = counted ? static_cast<std::uint64_t>(to) > kMaxItems : !count_range(from, to, step);
    if (too_many)
      tell(codes::kTooManyItems, node, fmt::format("this range has too many items: {}", kTooMany),
           "let each task do more of the work");
    return !too_many;
  }

  bool glob() {
    auto items = std::make_shared<GlobItems>();
    bool good = patterns(*stage_.items, "glob", items->patterns);
    if (stage_.exclude) out_->signature += '-', good = patterns(*stage_.exclude, "exclude", items->excludes) && good;
    out_->item.is = {Type::path, Type::any};
    items->secret = secret_;
    out_->items = std::move(items);
    return good;
  }

  bool patterns(const Node& node, std::string_view key, std::vector<GlobItems::Pattern>& out) {
    bool good = true;
    if (node.is_scalar()) good = pattern(node, out);
    for (const Node& child : node.children) {
      if (child.is_scalar()) good = pattern(child, out) && good;
      else
        good = (report_wrong_form(names_.source(), child, "a pattern", fmt::format("an element of '{}'", key), names_.diagnostics), false);
    }
    if (node.is_list() && node.children.empty())
      return tell(codes::kWrongForm, node, fmt::format("'{}' has no pattern", key), "write a pattern, such as \"src/**\""), false;
    return good;
  }

  bool pattern(const Node& node, std::vector<GlobItems::Pattern>& out) {
    if (has_expression(node) && !names_.parsed.of(node).problems.empty()) return report_problems(names_.parsed.of(node), node, names_), false;
    std::vector<Piece> pieces = names_.parsed.pieces_of(node);
    bool known = true;
    for (Piece& piece : pieces) {
      if (piece.expression && !literal(piece, node, known)) return false;
      out_->signature += piece.expression ? 'E' : 'L';
      if (piece.expression) append_expression(out_->signature, *piece.expression);
      else append_json_string(out_->signature, piece.literal);
    }
    std::string written;  // with a letter for what is known only later, which cannot change what is wrong with it
    for (const Piece& piece : pieces) written += piece.expression ? "x" : piece.literal;
    if (!known) return false;
    const std::string problem = glob_problem(written, names_.budget);
    if (names_.budget.is_spent()) return report_costs(names_.budget, names_.diagnostics, place_of(names_.source(), node), "this pattern", problem), false;
    if (!problem.empty())
      return tell(codes::kWrongForm, node, fmt::format("this pattern cannot be used: {}", problem),
                  "patterns have * ? [a-z] {a,b} and **"),
             false;
    out.push_back(std::move(pieces));
    return true;
  }

  /// What an expression gives stands for itself in a pattern, whatever characters it has.
  bool literal(Piece& piece, const Node& node, bool& known) {
    Expression& expression = *piece.expression;
    const auto shape = resolve(expression, node, names_);
    if (!shape) return false;
    secret_ = secret_ || expression.secret;
    if (shape->is.type == Type::list || shape->is.type == Type::map || shape->is.type == Type::bytes) {
      names_.diagnostics.add(codes::kWrongType, place_in(names_.source(), node, expression.at, expression.length),
                          fmt::format("{} cannot stand inside a pattern", type_phrase(shape->is.type)));
      return false;
    }
    visit_all(expression, [&](const Expression& part) {
      if (part.kind != Expression::Kind::reference) return;
      if (part.root == Root::results || part.root == Root::result || part.root == Root::fact) out_->reads.insert(part.stage);
      known = known && !(part.root == Root::param && names_.unknown_params.contains(part.name)) &&
              !(part.root == Root::variable && names_.vars->find(part.name)->binding.is_unknown());
    });
    if (!known || expression.kind != Expression::Kind::literal) return true;
    std::string text;
    if (!append_as_text(text, expression.value)) {
      names_.diagnostics.add(codes::kNoValue, place_in(names_.source(), node, expression.at, expression.length),
                          fmt::format("{} cannot stand inside a pattern", kind_name(expression.value.kind())));
      return false;
    }
    piece.literal = escape_glob(text);
    piece.expression.reset();
    return true;
  }

  bool lines() {
    const Node& node = *stage_.items;
    LineFormat format;
    const Node* end = node.is_map() ? node.find("end") : nullptr;
    const bool good = !end || line_end(*end, format);
    return lines_of(node.is_map() ? *node.find("file") : node, "'lines'", format, false) && good;
  }

  bool json_lines() { return lines_of(*stage_.items, "'jsonl'", {.skip_blank = true}, true); }

  bool lines_of(const Node& node, std::string_view what, LineFormat format, bool json) {
    auto binding = Binding::compile(node, {Type::path, Type::any}, what, names_);
    if (!binding) return false;
    adopt(*binding);
    out_->signature += format.end;
    if (binding->is_unknown()) return false;
    out_->reads_stdin = binding->is_constant() && LineFile::is_stdin(*binding->constant().as_string());
    if (!json) out_->item.is = {Type::text, Type::any};
    out_->items = std::make_shared<LineItems>(std::move(*binding), format, json);
    return true;
  }

  bool line_end(const Node& node, LineFormat& format) {
    const auto end = Binding::known(node, {Type::text, Type::any}, "'end'", names_);
    if (!end) return false;
    const std::string& text = *end->as_text();
    if (text.size() == 1 && static_cast<unsigned char>(text[0]) < 0x80) return format.end = text[0], true;
    const bool escape = text.size() == 2 && text[0] == '\\';
    tell(codes::kWrongForm, node, fmt::format("'end' wants one ASCII character, but this is '{}'", escape_for_display(text)),
         escape ? fmt::format("write \"{}\" in double quotes, where YAML reads escapes", text) : "write \"\\0\" for what 'find -print0' writes; without 'end' lines end with \"\\n\"");
    return false;
  }

  bool matrix() {
    auto items = std::make_shared<MatrixItems>();
    const Node& axes = *stage_.items;
    bool good = true, unknown = false;
    for (std::size_t i = 0; i < axes.keys.size(); ++i) {
      const std::string& name = axes.keys[i].text;
      auto values = Binding::compile(axes.children[i], {Type::list, Type::any}, fmt::format("axis '{}'", name), names_);
      if (!values) {
        good = false;
        continue;
      }
      adopt(*values);
      unknown = unknown || values->is_unknown();
      values->share();
      Field field;
      field.name = name;
      const bool is_known = values->is_constant() && values->constant().list_size();
      field.type = is_known ? type_of_elements(values->constant()) : values->is_constant() ? Type::any : values->shape().is.element;
      out_->item_fields.push_back(std::move(field));
      items->axes.push_back({name, std::move(*values)});
    }
    good = combinations(stage_.exclude, "exclude", false, items->excludes) && good;
    good = combinations(stage_.include, "include", true, items->includes) && good;
    if (!good || unknown || !check_size(*items, axes) || !leave_out(*items)) return false;
    for (const Binding& include : items->includes) widen(include);
    out_->item = StaticType{{Type::map, Type::any}, &out_->item_fields, false, {}};
    out_->items = std::move(items);
    return true;
  }

  /// Of each element of `exclude` or `include`. An include is an item like the others, so it has a value for each axis.
  bool combinations(const Node* list, std::string_view key, bool whole, std::vector<Binding>& out) {
    bool good = true;
    if (!list) return good;
    out_->signature += key;
    for (const Node& node : list->children) {
      good = names_axes(node, key, whole) && good;
      auto binding = Binding::compile(node, {Type::map, Type::any}, fmt::format("an element of '{}'", key), names_);
      good = good && binding;
      if (!binding) continue;
      adopt(*binding);
      out.push_back(std::move(*binding));
    }
    return good;
  }

  bool names_axes(const Node& node, std::string_view key, bool whole) {
    const std::vector<Node>& axes = stage_.items->keys;
    if (axis_names_.empty())
      for (const Node& axis : axes) axis_names_.push_back(axis.text);
    bool good = true;
    std::set<std::string> meant;  // by what is no axis: it is not missing besides
    for (const Node& name : node.keys) {
      if (stage_.items->find(name.text)) continue;
      good = false;
      if (names_.diagnostics.is_long()) return false;
      meant.insert(nearest(name.text, axis_names_));
      tell(codes::kUnknownField, name, fmt::format("the matrix has no axis '{}'{}", escape_for_display(name.text), did_you_mean(name.text, axis_names_)),
           fmt::format("its axes are: {}", at_most_ten(axis_names_)));
    }
    if (!whole || (good && node.keys.size() == axes.size()) || names_.diagnostics.is_long()) return good;
    constexpr std::size_t kShown = 11;  // one more than are named
    std::vector<std::string> missing;
    for (std::size_t i = 0; i < axes.size() && missing.size() < kShown; ++i)
      if (!node.find(axes[i].text) && !meant.contains(axes[i].text)) missing.push_back(axes[i].text);
    if (!missing.empty())
      tell(codes::kUnknownField, node, fmt::format("this element of '{}' has no value for {}", key, at_most_ten(missing)),
           fmt::format("an item of the matrix has all of: {}", at_most_ten(axis_names_)));
    return good && missing.empty();
  }

  static bool has_expression(const Node& node) {
    return node.text.find("${{") != std::string::npos || std::any_of(node.children.begin(), node.children.end(), has_expression);
  }

  /// Finds what the excludes leave, where all is known by now. What was written out cannot change, so an exclude that fits
  /// none of it is a diagnostic; an axis that is computed may be shorter today than tomorrow.
  bool leave_out(MatrixItems& items) {
    std::unordered_map<std::string_view, std::uint32_t> numbers;
    std::vector<bool> written;
    std::vector<std::uint32_t> sizes;
    bool known = true;
    for (std::uint32_t axis = 0; axis < items.axes.size(); ++axis) {
      const Binding& values = items.axes[axis].values;
      numbers.emplace(items.axes[axis].name, axis);
      written.push_back(values.is_constant() && !has_expression(stage_.items->children[axis]));
      known = known && values.is_constant();
      if (values.is_constant()) sizes.push_back(static_cast<std::uint32_t>(*values.constant().list_size()));
    }
    const bool some = std::find(sizes.begin(), sizes.end(), 0u) == sizes.end();
    bool good = true;
    std::vector<Combinations::Exclude> fitting;
    for (std::size_t i = 0; i < items.excludes.size(); ++i) {
      const Binding& exclude = items.excludes[i];
      known = known && exclude.is_constant() && !exclude.is_unknown();
      if (!exclude.is_constant() || exclude.is_unknown()) continue;
      const Node& node = stage_.exclude->children[i];
      const bool constant = !has_expression(node);
      Combinations::Exclude fits;
      bool any = some;
      for (const auto& [name, wanted] : *exclude.constant().as_map()) {
        const std::uint32_t axis = numbers.at(name);
        const Binding& values = items.axes[axis].values;
        if (!values.is_constant()) continue;
        std::string problem;
        auto positions = positions_of(wanted, values.constant(), names_.budget, problem);
        if (!positions) return too_costly(problem);
        any = any && !positions->empty();
        if (positions->empty() && constant && written[axis]) good = refuse_exclude(node, wanted, items.axes[axis]);
        fits.emplace(axis, std::move(*positions));
      }
      known = known && any;  // else the stage says so when it starts
      fitting.push_back(std::move(fits));
    }
    if (!good || !known) return good;
    auto left = std::make_shared<Combinations>(std::move(sizes));
    std::string problem;
    if (!left->leave_out(fitting, names_.budget, problem)) return too_costly(problem);
    items.combinations = std::move(left);
    return true;
  }

  bool too_costly(std::string_view problem) {
    report_costs(names_.budget, names_.diagnostics, place_of(names_.source(), *stage_.exclude), "'exclude'", problem);
    return false;
  }

  bool refuse_exclude(const Node& exclude, const Value& wanted, const MatrixItems::Axis& axis) {
    const Value& all = axis.values.constant();
    List shown;
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(*all.list_size(), 10); ++i) shown.push_back(all.element(i));
    tell(codes::kFitsNothing, *exclude.find(axis.name), fmt::format("this exclude fits no combination: the axis '{}' has no value {}", axis.name, to_json(wanted)),
         fmt::format("its values are: {}{}", to_json(Value(std::move(shown))), *all.list_size() > 10 ? " and more" : ""));
    return false;
  }

  /// An included item may have values of other types.
  void widen(const Binding& include) {
    const Map* map = include.is_constant() ? include.constant().as_map() : nullptr;
    for (Field& field : out_->item_fields)
      if (!map || type_of(map->at(field.name)) != field.type) field.type = Type::any;
  }

  bool check_size(const MatrixItems& items, const Node& node) {
    std::uint64_t count = 1;
    for (const MatrixItems::Axis& axis : items.axes) {
      if (!axis.values.is_constant()) return true;  // seen when the stage starts
      const std::uint64_t size = *axis.values.constant().list_size();
      if (size != 0 && count > kMaxItems / size)
        return tell(codes::kTooManyItems, node, fmt::format("this matrix has too many items: {}", kTooMany), "let each task do more of the work"), false;
      count *= size;
    }
    return true;
  }

  bool results() {
    const Node& node = *stage_.items;
    Expression expression;
    expression.root = Root::results;
    expression.name = node.text;
    expression.name_length = expression.length = node.text.size();
    const auto shape = resolve(expression, node, names_);
    if (!shape) return false;
    out_->streams_from = expression.stage;
    out_->signature += node.text;
    out_->item = StaticType{{Type::map, Type::any}, shape->fields, shape->declared, shape->fields_of};
    out_->items = std::make_shared<StreamItems>();
    return true;
  }

  const StageForm& stage_;
  const ResolveContext& names_;
  bool secret_ = false;  // a pattern reads a secret
  std::vector<std::string> axis_names_;
  std::unique_ptr<CompiledItems> out_;
};

}  // namespace

std::unique_ptr<CompiledItems> compile_items(const StageForm& stage, const ResolveContext& names) {
  return ItemCompiler(stage, names).compile();
}

}  // namespace ropewalk
