#include "base/suggest.hpp"
#include "base/text.hpp"
#include "items/combinations.hpp"
#include "items/common_type.hpp"
#include "items/item_lists.hpp"
#include "items/source_compiler.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <unordered_map>
#include <vector>

namespace ropewalk::detail {
namespace {

/// Compiles axes, excludes and includes.
class MatrixCompiler final : SourceCompiler {
 public:
  using SourceCompiler::SourceCompiler;

  bool compile() {
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
      field.type = is_known                ? type_of_elements(values->constant())
                   : values->is_constant() ? Type::any
                                           : values->shape().is.element;
      out_.item_fields.push_back(std::move(field));
      items->axes.push_back({name, std::move(*values)});
    }
    good = combinations(stage_.exclude, "exclude", false, items->excludes) && good;
    good = combinations(stage_.include, "include", true, items->includes) && good;
    if (!good || unknown || !check_size(*items, axes) || !leave_out(*items)) return false;
    for (const Binding& include : items->includes) widen(include);
    out_.item = StaticType{{Type::map, Type::any}, &out_.item_fields, false, {}};
    out_.items = std::move(items);
    return true;
  }

 private:
  /// Compiles the elements of `exclude` or `include`. An include is an item, so it must have a value for each axis.
  bool combinations(const Node* list, std::string_view key, bool whole, std::vector<Binding>& out) {
    bool good = true;
    if (!list) return good;
    out_.signature += key;
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
    std::set<std::string> meant;  // axes that a misspelt name meant, which are not reported as missing
    for (const Node& name : node.keys) {
      if (stage_.items->find(name.text)) continue;
      good = false;
      if (names_.diagnostics.is_long()) return false;
      meant.insert(nearest(name.text, axis_names_));
      report(codes::kUnknownField, name,
             fmt::format("the matrix has no axis '{}'{}", escape_for_display(name.text),
                         did_you_mean(name.text, axis_names_)),
             fmt::format("its axes are: {}", at_most_ten(axis_names_)));
    }
    if (!whole || (good && node.keys.size() == axes.size()) || names_.diagnostics.is_long()) return good;
    constexpr std::size_t kShown = 11;  // one more than are named
    std::vector<std::string> missing;
    for (std::size_t i = 0; i < axes.size() && missing.size() < kShown; ++i)
      if (!node.find(axes[i].text) && !meant.contains(axes[i].text)) missing.push_back(axes[i].text);
    if (!missing.empty())
      report(codes::kUnknownField, node,
             fmt::format("this element of '{}' has no value for {}", key, at_most_ten(missing)),
             fmt::format("an item of the matrix has all of: {}", at_most_ten(axis_names_)));
    return good && missing.empty();
  }

  static bool holds_expression(const Node& node) {
    return has_expression(node) || std::any_of(node.children.begin(), node.children.end(), holds_expression);
  }

  /// Applies the excludes if all axes are known. If the axes are written out, an exclude that matches nothing is an
  /// error. A computed axis may have other values in another run, so it is not checked.
  bool leave_out(MatrixItems& items) {
    std::unordered_map<std::string_view, std::uint32_t> numbers;
    std::vector<bool> written;
    std::vector<std::uint32_t> sizes;
    bool known = true;
    for (std::uint32_t axis = 0; axis < items.axes.size(); ++axis) {
      const Binding& values = items.axes[axis].values;
      numbers.emplace(items.axes[axis].name, axis);
      written.push_back(values.is_constant() && !holds_expression(stage_.items->children[axis]));
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
      const bool constant = !holds_expression(node);
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
      known = known && any;  // otherwise the stage reports it when it starts
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
    report(codes::kFitsNothing, *exclude.find(axis.name),
           fmt::format("this exclude fits no combination: the axis '{}' has no value {}", axis.name, to_json(wanted)),
           fmt::format("its values are: {}{}", to_json(Value(std::move(shown))),
                       *all.list_size() > 10 ? " and more" : ""));
    return false;
  }

  /// An included item may have values of other types.
  void widen(const Binding& include) {
    const Map* map = include.is_constant() ? include.constant().as_map() : nullptr;
    for (Field& field : out_.item_fields)
      if (!map || type_of(map->at(field.name)) != field.type) field.type = Type::any;
  }

  bool check_size(const MatrixItems& items, const Node& node) {
    std::uint64_t count = 1;
    for (const MatrixItems::Axis& axis : items.axes) {
      if (!axis.values.is_constant()) return true;  // checked when the stage starts
      const std::uint64_t size = *axis.values.constant().list_size();
      if (size != 0 && count > kMaxItems / size)
        return report(codes::kTooManyItems, node, fmt::format("this matrix has too many items: {}", kTooManyItems),
                      "let each task do more of the work"),
               false;
      count *= size;
    }
    return true;
  }

  std::vector<std::string> axis_names_;
};

}  // namespace

bool compile_matrix(const StageForm& stage, const ResolveContext& names, CompiledItems& out) {
  return MatrixCompiler(stage, names, out).compile();
}

}  // namespace ropewalk::detail
