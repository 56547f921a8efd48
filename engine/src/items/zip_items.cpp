#include "items/common_type.hpp"
#include "items/item_errors.hpp"
#include "items/item_lists.hpp"
#include "items/source_compiler.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace ropewalk {
namespace {

using namespace detail;

/// Makes each item on demand.
class ZipList final : public ItemList {
 public:
  explicit ZipList(std::vector<std::pair<std::string, Value>> lists) : lists_(std::move(lists)) {}
  std::uint64_t size() const override { return lists_.empty() ? 0 : *lists_.front().second.list_size(); }
  Value at(std::uint64_t index) const override {
    Map item;
    for (const auto& [name, list] : lists_) item.emplace(name, list.element(index));
    return item;
  }

 private:
  std::vector<std::pair<std::string, Value>> lists_;
};

std::string other_length(std::string_view name, std::uint64_t size, std::string_view first, std::uint64_t first_size) {
  return fmt::format("the lists of 'zip' have one length, but '{}' has {} and '{}' has {}", first, first_size, name,
                     size);
}

class ZipCompiler final : SourceCompiler {
 public:
  using SourceCompiler::SourceCompiler;

  bool compile() {
    auto items = std::make_shared<ZipItems>();
    const Node& lists = *stage_.items;
    bool good = true, unknown = false;
    const Node* first = nullptr;
    std::uint64_t size = 0;
    for (std::size_t i = 0; i < lists.keys.size(); ++i) {
      const Node& key = lists.keys[i];
      auto values =
          Binding::compile(lists.children[i], {Type::list, Type::any}, fmt::format("list '{}'", key.text), names_);
      if (!values) {
        good = false;
        continue;
      }
      adopt(*values);
      out_.signature += key.text;
      unknown = unknown || values->is_unknown();
      values->share();
      const auto known = values->is_constant() ? values->constant().list_size() : std::nullopt;
      Field field;
      field.name = key.text;
      field.type = known                   ? type_of_elements(values->constant())
                   : values->is_constant() ? Type::any
                                           : values->shape().is.element;
      out_.item_fields.push_back(std::move(field));
      if (known && first && *known != size) {
        report(codes::kWrongForm, lists.children[i], other_length(key.text, *known, first->text, size),
               "give the lists as many elements as each other, or make them with range() and a matrix");
        good = false;
      }
      if (known && !first) first = &key, size = *known;
      items->lists.emplace_back(key.text, std::move(*values));
    }
    if (!good || unknown) return false;
    out_.item = StaticType{{Type::map, Type::any}, &out_.item_fields, false, {}};
    out_.items = std::move(items);
    return true;
  }
};

}  // namespace

Result<std::unique_ptr<ItemList>> ZipItems::open(const Scope& scope) const {
  std::vector<std::pair<std::string, Value>> opened;
  std::string problem;
  for (const auto& [name, binding] : lists) {
    Value values;
    if (!binding.evaluate(scope, values, problem)) return bad_items(problem);
    const std::optional<std::uint64_t> size = values.list_size();
    if (!size) return bad_items(fmt::format("list '{}' is no list, but {}", name, kind_name(values.kind())));
    if (*size > kMaxItems) return too_many();
    if (!opened.empty() && *size != *opened.front().second.list_size())
      return bad_items(other_length(name, *size, opened.front().first, *opened.front().second.list_size()));
    opened.emplace_back(name, std::move(values));
  }
  return std::make_unique<ZipList>(std::move(opened));
}

bool detail::compile_zip(const StageForm& stage, const ResolveContext& names, CompiledItems& out) {
  return ZipCompiler(stage, names, out).compile();
}

}  // namespace ropewalk
