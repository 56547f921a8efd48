#include "items/item_lists.hpp"
#include "items/source_compiler.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <memory>
#include <optional>

namespace ropewalk::detail {
namespace {

/// {from, to, step} or a count.
class RangeCompiler final : SourceCompiler {
 public:
  using SourceCompiler::SourceCompiler;

  bool compile() {
    auto items = std::make_shared<RangeItems>();
    const Node& node = *stage_.items;
    const auto bound = [&](const Node* part, std::string_view what, std::optional<Binding>& out) {
      if (!part) return true;
      out = Binding::compile(*part, {Type::integer, Type::any}, what, names_);
      if (out) adopt(*out);
      out_.signature += ',';
      return out.has_value();
    };
    bool good = false;
    if (node.is_map()) {
      good = bound(node.find("from"), "'from'", items->from);
      good = bound(node.find("to"), "'to'", items->to) && good;
      good = bound(node.find("step"), "'step'", items->step) && good;
      if (good && !items->from && !items->step) items->from = zero(node);
    } else
      good = bound(&node, "'range'", items->to);
    if (!good || !check_range(*items, node)) return false;
    out_.item.is = {Type::integer, Type::any};
    out_.items = std::move(items);
    return true;
  }

 private:
  /// `{to: n}` starts at 0 and includes n; `range: n` does not include n.
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
    if (unknown) return false;  // the diagnostic was reported
    if (!known) return true;    // checked when the stage starts
    const bool counted = !items.from && !items.step;
    if (step == 0)
      return report(codes::kOutOfRange, *node.find("step"), "the 'step' of a range must not be 0",
                    "leave it out for 1"),
             false;
    if (counted && to < 0)
      return report(codes::kOutOfRange, node, fmt::format("'range' must be at least 0, this is {}", to),
                    "a range of n runs from 0 to n-1"),
             false;
    const bool too_many = counted ? static_cast<std::uint64_t>(to) > kMaxItems : !count_range(from, to, step);
    if (too_many)
      report(codes::kTooManyItems, node, fmt::format("this range has too many items: {}", kTooManyItems),
             "let each task do more of the work");
    return !too_many;
  }
};

}  // namespace

bool compile_range(const StageForm& stage, const ResolveContext& names, CompiledItems& out) {
  return RangeCompiler(stage, names, out).compile();
}

}  // namespace ropewalk::detail
