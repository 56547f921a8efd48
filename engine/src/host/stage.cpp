#include "host/stage.hpp"

#include "protocol/host_messages.hpp"

#include <optional>
#include <utility>

namespace ropewalk::host {

std::unique_ptr<const Stage> make_stage(std::uint64_t number, std::string_view text, std::span<const Fd> memfds,
                                        const Plugin& description, const ropewalk_plugin& code) {
  std::optional<wire::StageSetup> setup = wire::decode_stage(text);
  if (!setup || setup->task_type >= description.task_types.size()) return nullptr;
  auto stage = std::make_unique<Stage>();
  stage->number = static_cast<std::uint32_t>(number);
  stage->task_type = setup->task_type;
  stage->type = &description.task_types[setup->task_type];
  stage->code = code.task_types[setup->task_type];
  stage->name = std::move(setup->stage);
  stage->run_id = std::move(setup->run_id);
  stage->first_index = static_cast<std::uint64_t>(setup->first_index);
  stage->awaits_debugger = setup->awaits_debugger;
  stage->timeout_ns = setup->timeout_ns;
  stage->rests_after_failure = setup->rests_after_failure;
  stage->constants = std::move(setup->constants);
  for (const Field& field : stage->type->params) stage->param_types.push_back(field.type);
  for (const Field& field : stage->type->results) stage->result_types.push_back(field.type);
  for (const std::uint32_t position : setup->varying) {
    if (position >= stage->param_types.size()) return nullptr;
    stage->varying.push_back(position);
    stage->varying_types.push_back(stage->param_types[position]);
  }
  stage->constant_views.resize(stage->param_types.size());
  std::vector<std::string_view> blobs;
  for (const Fd& memfd : memfds)
    blobs.push_back(stage->blobs.emplace_back(board::map_whole(memfd.get(), board::Access::read)).text());
  if (!board::view_fields(stage->param_types, stage->constants, stage->constant_views, blobs)) return nullptr;
  return stage;
}

}  // namespace ropewalk::host
