#pragma once
// What a host knows of a stage. Immutable once it is made; any thread.

#include "base/fd.hpp"
#include "protocol/board_memory.hpp"
#include "protocol/fields.hpp"

#include <ropewalk/plugin.hpp>
#include <ropewalk/sdk/abi.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk::host {

/// The task type of a stage, and the parameters that are the same for all its tasks.
struct Stage {
  std::uint32_t number = 0;
  std::uint32_t task_type = 0;
  const TaskDescription* type = nullptr;     ///< of the plugin's description
  const ropewalk_task_type* code = nullptr;  ///< of the plugin itself
  std::string name, run_id;
  std::uint64_t first_index = 0;     ///< of its first task
  bool awaits_debugger = false;      ///< a worker waits for one before its first task
  std::int64_t timeout_ns = 0;       ///< of an attempt; 0: none
  bool rests_after_failure = false;  ///< a worker waits until the engine has read it
  std::string constants;             ///< what the views below point into, as into these:
  std::vector<board::Mapping> blobs;
  std::vector<Type> param_types, varying_types, result_types;
  std::vector<std::uint32_t> varying;
  std::vector<board::FieldView> constant_views;
};

/// Decodes a stage that the engine has sent. `memfds` hold large parameters. Null if the message makes no sense.
/// `description` and `code`: of the plugin; borrowed.
std::unique_ptr<const Stage> make_stage(std::uint64_t number, std::string_view text, std::span<const Fd> memfds,
                                        const Plugin& description, const ropewalk_plugin& code);

}  // namespace ropewalk::host
