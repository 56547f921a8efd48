#include "run/added_outputs.hpp"

#include "plan/outputs.hpp"
#include "protocol/fields.hpp"

#include <span>
#include <vector>

namespace ropewalk {

Result<std::string> with_outputs(const StageContext& context, std::uint64_t index, const Value& item,
                                 std::string_view payload, const std::shared_ptr<const board::Blob>* blob) {
  const std::vector<Field>& own = context.stage.type().results;
  const std::vector<Field>& more = context.stage.outputs->fields();
  std::vector<Type> types;
  for (const Field& field : own) types.push_back(field.type);
  for (const Field& field : more) types.push_back(field.type);
  const std::span<const Type> own_types(types.data(), own.size()), more_types(types.data() + own.size(), more.size());
  std::vector<board::FieldView> views(types.size());
  Map fields;
  const std::string_view lies_in[] = {blob ? (*blob)->bytes() : std::string_view()};
  if (board::view_fields(own_types, payload, std::span(views).first(own.size()), lies_in))
    for (std::size_t i = 0; i < own.size(); ++i)
      fields.emplace(own[i].name, board::value_of(own[i].type, views[i], blob ? *blob : nullptr).value());
  const Value result(std::move(fields));
  Scope scope = context.scope();
  scope.results = nullptr;  // outputs read their own task and nothing else
  scope.item = &item;
  scope.index = index;
  scope.result = &result;
  std::vector<Value> values(more.size());
  const Result<void> made = context.stage.outputs->make(scope, values);
  if (!made) return made.error();
  std::string added, all;
  board::encode_fields(more_types, values, added);
  board::view_fields(more_types, added, std::span(views).subspan(own.size()));
  board::encode_views(types, views, all, board::Elsewhere::stays);
  return all;
}

}  // namespace ropewalk
