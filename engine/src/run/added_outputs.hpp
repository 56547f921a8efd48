#pragma once
// The fields that the `outputs` of a stage add to the result of a task, made where the result arrives. One thread.

#include "protocol/blob.hpp"
#include "run/stage_context.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace ropewalk {

/// The encoded result of a task of a stage with `outputs`, with the added fields behind its own. `item`: of the task.
/// `blob`: that large fields of `payload` lie in; null: there are none. An error's message becomes the task's.
Result<std::string> with_outputs(const StageContext& context, std::uint64_t index, const Value& item,
                                 std::string_view payload, const std::shared_ptr<const board::Blob>* blob);

}  // namespace ropewalk
