#include "host/call.hpp"

#include "protocol/futex.hpp"
#include "base/cycles.hpp"
#include "base/descriptor_limit.hpp"
#include "values/value_codec.hpp"
#include "host/cancel_watch.hpp"
#include "host/limits.hpp"
#include "host/values.hpp"
#include "plugin_files/describe.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>

namespace ropewalk::host {

using board::FieldView;
using board::RecordHead;
using board::RecordType;

void Call::enter(const Stage& new_stage) {
  if (holds_memory) forget();
  stage = &new_stage;
  params.clear();
  params.resize(stage->param_types.size());
  for (std::size_t i = 0; i < params.size(); ++i) {
    params[i].type = stage->param_types[i];
    params[i].abi_type = host::abi_type(params[i].type);
    params[i].field = &stage->constant_views[i];
  }
  varying.assign(stage->varying.size(), {});
  for (std::size_t i = 0; i < varying.size(); ++i) params[stage->varying[i]].field = &varying[i];
  results.assign(stage->result_types.size(), {});
  outputs.clear();
  outputs.resize(results.size());
}

void Call::forget() {
  holds_memory = false;
  for (Output& output : outputs) output.clear();
  for (const std::uint32_t position : stage->varying) params[position].decoded.reset();
  large_buffers.clear();
  command_output.reset();
  for (ropewalk_builder& builder : builders) builder.end();
}

bool Call::begin(const board::Slot& slot, std::string_view given, std::span<const std::string_view> blobs) {
  if (holds_memory) forget();
  std::fill(results.begin(), results.end(), FieldView());
  task = slot.task;
  attempt = slot.attempt;
  failed = broke_contract = false;
  charged_cpu_ns = 0;
  deadline_ns =
      stage->timeout_ns == 0 ? ROPEWALK_NO_DEADLINE : monotonic_ns() + stage->timeout_ns - lane.stood_still_ns();
  if (watch) watch->item_begun();
  if (varying.empty()) return given.empty();
  return board::view_fields(stage->varying_types, given, varying, blobs);
}

std::optional<std::string> Call::misuse_of() const {
  if (misused_handle.load(std::memory_order_acquire) != make_handle(lane.item(), number)) return std::nullopt;
  const std::string called = "the plugin called " + std::string(misused_function.load(std::memory_order_relaxed));
  return called + (misuse.load(std::memory_order_relaxed) == Misuse::foreign_thread
                       ? "() from a thread that is not the task's own"
                       : "() with the handle of a task that has ended");
}

bool Call::encode_nested() {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    Output& output = outputs[i];
    if (!output.nested) continue;
    results[i].bytes = output.bytes = encode_value(*output.nested);
    if (output.bytes.size() <= kMaxEncodedBytes) continue;
    breach("the plugin gave result field '" + stage->type->results[i].name + "' a nested value of 2 GiB or more");
    return false;
  }
  return true;
}

bool Call::encode_result(std::string& out) {
  if (holds_memory && !encode_nested()) return false;
  board::encode_views(stage->result_types, results, out, board::Elsewhere::stays);
  return true;
}

/// Called before their blob is sealed, or after the task has failed.
void Call::drop_large_buffers() {
  for (Output& output : outputs)
    if (output.large) output.large = {};
}

void Call::fail(std::int32_t kind, std::string_view text) {
  failed = true;
  broke_contract = false;
  fail_kind = kind;
  failure.assign(text.substr(0, board::kMaxErrorBytes));
}

void Call::breach(std::string_view text, std::int32_t kind) {
  fail(kind, text);
  broke_contract = true;
}

}  // namespace ropewalk::host
