#include "engine/result_decoder.hpp"

#include "plan/outputs.hpp"
#include "protocol/fields.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk {
namespace {

struct ResultTypes {
  std::vector<std::string> names;
  std::vector<Type> types;
};

std::optional<Value> decode(const ResultTypes& stage, std::string_view fields) {
  std::vector<board::FieldView> views(stage.types.size());
  if (!board::view_fields(stage.types, fields, views)) return std::nullopt;
  Map result;
  for (std::size_t i = 0; i < views.size(); ++i) {
    std::optional<Value> value = board::value_of(stage.types[i], views[i]);
    if (!value) return std::nullopt;
    result.emplace(stage.names[i], std::move(*value));
  }
  return Value(std::move(result));
}

}  // namespace

std::function<std::optional<Value>(std::uint32_t stage, std::string_view fields)> result_decoder(const Plan& plan) {
  auto stages = std::make_shared<std::vector<ResultTypes>>();  // copies of the function share it
  for (const PlannedStage& planned : plan.stages) {
    ResultTypes& stage = stages->emplace_back();
    const auto add = [&](const Field& field) { stage.names.push_back(field.name), stage.types.push_back(field.type); };
    for (const Field& field : planned.type().results) add(field);
    if (planned.outputs)
      for (const Field& field : planned.outputs->fields()) add(field);
  }
  return [stages](std::uint32_t stage, std::string_view fields) { return decode(stages->at(stage), fields); };
}

}  // namespace ropewalk
