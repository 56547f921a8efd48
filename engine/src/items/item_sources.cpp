#include "items/item_sources.hpp"

#include "base/text.hpp"
#include "items/common_type.hpp"
#include "items/item_lists.hpp"
#include "items/shaped_items.hpp"
#include "items/source_compiler.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <map>

namespace ropewalk {
namespace {

using namespace detail;

constexpr std::int64_t kMaxBatch = 1'000'000;
constexpr std::uint64_t kBlockBytes = 1 << 20;  // of a block that says nothing about its size

/// Compiles the short kinds, and passes the others on.
class ItemCompiler final : SourceCompiler {
 public:
  using SourceCompiler::SourceCompiler;

  bool compile() {
    out_.signature += static_cast<char>('0' + static_cast<int>(stage_.fan_out));
    return source() && where() && shuffle() && batch();
  }

 private:
  bool source() {
    switch (stage_.fan_out) {
      case FanOut::none: return out_.items = std::make_shared<SingleItem>(), true;
      case FanOut::list: return list();
      case FanOut::range: return compile_range(stage_, names_, out_);
      case FanOut::glob: return compile_glob(stage_, names_, out_);
      case FanOut::lines: return lines();
      case FanOut::jsonl: return json_lines();
      case FanOut::blocks: return blocks();
      case FanOut::matrix: return compile_matrix(stage_, names_, out_);
      case FanOut::zip: return compile_zip(stage_, names_, out_);
      case FanOut::results: return results();
      case FanOut::broken: break;
    }
    return false;
  }

  bool where() {
    if (!stage_.where) return true;
    ResolveContext names = names_;
    names.item = out_.item;
    auto binding = Binding::compile(*stage_.where, {Type::boolean, Type::any}, "'where'", names);
    if (!binding || binding->is_unknown()) return false;
    out_.signature += "where";
    adopt(*binding);
    out_.items = std::make_shared<ChosenItems>(std::move(out_.items), std::move(*binding));
    return true;
  }

  /// A number that must be known before the run; nothing: a diagnostic was reported.
  std::optional<std::int64_t> number(const Node& node, std::string_view what) {
    const auto value = Binding::known(node, {Type::integer, Type::any}, what, names_);
    return value ? std::optional(*value->as_int()) : std::nullopt;
  }

  bool shuffle() {
    if (!stage_.shuffle) return true;
    const auto seed = number(*stage_.shuffle, "'shuffle'");
    if (!seed) return false;
    out_.signature += fmt::format("shuffle{}", *seed);
    out_.items = std::make_shared<ShuffledItems>(std::move(out_.items), *seed);
    return true;
  }

  bool batch() {
    if (!stage_.batch) return true;
    const auto size = number(*stage_.batch, "'batch'");
    if (!size) return false;
    if (*size < 1 || *size > kMaxBatch)
      return report(codes::kOutOfRange, *stage_.batch,
                    fmt::format("'batch' lies between 1 and {}, this is {}", kMaxBatch, *size),
                    "it is the number of items that one task gets"),
             false;
    out_.signature += fmt::format("batch{}", *size);
    out_.items = std::make_shared<BatchedItems>(std::move(out_.items), static_cast<std::uint64_t>(*size));
    out_.item = StaticType{{Type::list, out_.item.is.type}, out_.item.fields, out_.item.declared, out_.item.fields_of};
    return true;
  }

  bool list() {
    auto binding = Binding::compile(*stage_.items, {Type::list, Type::any}, "'foreach'", names_);
    if (!binding) return false;
    adopt(*binding);
    if (binding->is_unknown()) return false;
    binding->share();
    // Each stage that reads a long list visits all of it.
    std::string problem;
    if (binding->is_constant() && !is_range(binding->constant()) && !names_.budget.is_spent() &&
        !names_.budget.scan(*binding->constant().list_size(), problem))
      report_costs(names_.budget, names_.diagnostics, place_of(names_.source(), *stage_.items), "'foreach'", problem);
    if (names_.budget.is_spent()) return false;
    if (binding->is_constant())
      describe(binding->constant());
    else if (stage_.items->is_scalar())
      describe_expression(binding->shape());
    out_.items = std::make_shared<ListItems>(std::move(*binding));
    return true;
  }

  void describe(const Value& items) {
    CommonType all;
    std::map<std::string, CommonType> members;
    if (is_range(items))
      all.add(Value(0));
    else
      for (const Value& item : *items.as_list()) {
        all.add(item);
        if (item.as_map())
          for (const auto& [name, value] : *item.as_map()) members[name].add(value);
      }
    out_.item.is = {all.type(), Type::any};
    if (all.type() != Type::map) return;
    for (const auto& [name, common] : members) {
      Field field;
      field.name = name;
      field.type = common.type();
      out_.item_fields.push_back(std::move(field));
    }
    out_.item.fields = &out_.item_fields;
  }

  /// `foreach: ${{ stages.a.result.files }}`: its elements have the declared element type.
  void describe_expression(const StaticType& list) {
    if (list.is.type == Type::list)
      out_.item = StaticType{{list.is.element, Type::any}, list.fields, list.declared, list.fields_of};
  }

  bool lines() {
    const Node& node = *stage_.items;
    LineFormat format;
    const Node* end = node.is_map() ? node.find("end") : nullptr;
    const bool good = !end || line_end(*end, format);
    return lines_of(node.is_map() ? *node.find("file") : node, "'lines'", format, false) && good;
  }

  /// A block holds lines up to a number of bytes, of lines, or both.
  bool blocks() {
    const Node& node = *stage_.items;
    LineFormat format;
    bool good = true;
    const auto bound = [&](const char* key, Type type, std::int64_t most, std::uint64_t& out) {
      const Node* part = node.is_map() ? node.find(key) : nullptr;
      if (!part) return;
      const auto value = Binding::known(*part, {type, Type::any}, fmt::format("'{}'", key), names_);
      good = good && value;
      if (!value) return;
      out = static_cast<std::uint64_t>(*value->as_int());
      out_.signature += fmt::format("{}{}", key, out);
      if (*value->as_int() >= 1 && *value->as_int() <= most) return;
      report(codes::kOutOfRange, *part, fmt::format("'{}' of a block lies between 1 and {}", key, most),
             "leave it out for blocks of 1 MiB");
      good = false;
    };
    bound("size", Type::size, LineFile::kLongestLine, format.block_bytes);
    bound("lines", Type::integer, kMaxItems, format.block_lines);
    if (!format.is_blocks()) format.block_bytes = kBlockBytes;
    if (const Node* end = node.is_map() ? node.find("end") : nullptr) good = line_end(*end, format) && good;
    return lines_of(node.is_map() ? *node.find("file") : node, "'blocks'", format, false) && good;
  }

  bool json_lines() { return lines_of(*stage_.items, "'jsonl'", {.skip_blank = true}, true); }

  bool lines_of(const Node& node, std::string_view what, LineFormat format, bool json) {
    auto binding = Binding::compile(node, {Type::path, Type::any}, what, names_);
    if (!binding) return false;
    adopt(*binding);
    out_.signature += format.end;
    if (binding->is_unknown()) return false;
    out_.reads_stdin = binding->is_constant() && LineFile::is_stdin(*binding->constant().as_string());
    if (!json) out_.item.is = {Type::text, Type::any};
    out_.items = std::make_shared<LineItems>(std::move(*binding), format, json);
    return true;
  }

  bool line_end(const Node& node, LineFormat& format) {
    const auto end = Binding::known(node, {Type::text, Type::any}, "'end'", names_);
    if (!end) return false;
    const std::string& text = *end->as_text();
    if (text.size() == 1 && static_cast<unsigned char>(text[0]) < 0x80) return format.end = text[0], true;
    const bool escape = text.size() == 2 && text[0] == '\\';
    report(codes::kWrongForm, node,
           fmt::format("'end' wants one ASCII character, but this is '{}'", escape_for_display(text)),
           escape ? fmt::format("write \"{}\" in double quotes, where YAML reads escapes", text)
                  : "write \"\\0\" for what 'find -print0' writes; without 'end' lines end with \"\\n\"");
    return false;
  }

  bool results() {
    const Node& node = *stage_.items;
    Expression expression;
    expression.root = Root::results;
    expression.name = node.text;
    expression.name_length = expression.length = node.text.size();
    const auto shape = resolve(expression, node, names_);
    if (!shape) return false;
    out_.streams_from = expression.stage;
    out_.signature += node.text;
    out_.item = StaticType{{Type::map, Type::any}, shape->fields, shape->declared, shape->fields_of};
    out_.items = std::make_shared<StreamItems>();
    return true;
  }
};

}  // namespace

std::unique_ptr<CompiledItems> compile_items(const StageForm& stage, const ResolveContext& names) {
  auto items = std::make_unique<CompiledItems>();
  return ItemCompiler(stage, names, *items).compile() ? std::move(items) : nullptr;
}

}  // namespace ropewalk
