#include "run/task_keys.hpp"

#include "base/content_hash.hpp"

#include <ropewalk/redaction.hpp>

#include <algorithm>
#include <string>

namespace ropewalk {
namespace {

/// What else than its parameters decides about a result: how its outputs are made.
std::uint64_t hash_outputs(const StageContext& context, std::uint64_t key) {
  const StageDefinition& definition = context.stage.definition;
  for (const char* name : {"outputs", "vars"})
    if (const auto text = definition.keys.find(name); text != definition.keys.end())
      key = content_hash(text->second, key);
  return key;
}

std::uint64_t hash_params(const StageContext& context, std::uint64_t key) {
  for (const std::string& name : context.stage.definition.params)
    if (const auto value = context.params.find(name); value != context.params.end())
      key = content_hash(to_json(value->second), content_hash(name, key));
  return key;
}

}  // namespace

void TaskKeys::open(const StageContext& context, const StageSetting& setting) {
  varies_ = !setting.varying.empty();
  stage_key_ = content_hash(context.stage.task, content_hash(context.stage.plugin->identity));
  if (context.stage.uses_secrets && context.redaction != nullptr) return open_secret(context);
  wanted_ = true;
  stage_key_ = content_hash(setting.constants, stage_key_);
  for (const auto& blob : setting.blobs) stage_key_ = content_hash(blob->bytes(), stage_key_);
  hashes_items_ = context.stage.outputs != nullptr;
  if (hashes_items_) stage_key_ = hash_params(context, hash_outputs(context, stage_key_));
}

/// Results that its expressions read as a whole are too much to be looked at for secrets: it then has no keys.
void TaskKeys::open_secret(const StageContext& context) {
  wanted_ = std::none_of(context.stage.waits.begin(), context.stage.waits.end(),
                         [](const StageWait& wait) { return wait.why == StageWait::Why::reads; });
  redaction_ = context.redaction;
  hashes_items_ = true;
  for (const auto& [key, text] : context.stage.definition.keys)
    if (key == "with" || key == "vars" || key == "outputs" || key == "env")
      stage_key_ = content_hash(redaction_->text(text), content_hash(key, stage_key_));
  stage_key_ = hash_params(context, stage_key_);
}

void TaskKeys::grow(std::uint64_t tasks) {
  if (wanted_) keys_.resize(tasks);
}

void TaskKeys::set(const Deal& task, const Value* item) {
  if (!wanted_) return;
  std::uint64_t& key = keys_[task.task];
  key = stage_key_;
  if (hashes_items_ && item != nullptr) key = content_hash(to_json(redaction_ ? redaction_->value(*item) : *item), key);
  if (!varies_ || redaction_ != nullptr) return;
  key = content_hash(task.params, key);
  for (const auto& blob : task.blobs) key = content_hash(blob->bytes(), key);
}

}  // namespace ropewalk
