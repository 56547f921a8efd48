#include "run/task_keys.hpp"

#include "base/content_hash.hpp"

namespace ropewalk {

void TaskKeys::open(const StageContext& context, const StageSetting& setting) {
  wanted_ = true;
  varies_ = !setting.varying.empty();
  stage_key_ = content_hash(context.stage.task, content_hash(context.stage.plugin->identity));
  stage_key_ = content_hash(setting.constants, stage_key_);
  for (const auto& blob : setting.blobs) stage_key_ = content_hash(blob->bytes(), stage_key_);
}

void TaskKeys::grow(std::uint64_t tasks) {
  if (wanted_) keys_.resize(tasks);
}

void TaskKeys::set(const Deal& task) {
  std::uint64_t& key = keys_[task.task];
  key = stage_key_;
  if (!varies_) return;
  key = content_hash(task.params, key);
  for (const auto& blob : task.blobs) key = content_hash(blob->bytes(), key);
}

}  // namespace ropewalk
