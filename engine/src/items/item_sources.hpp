#pragma once
// Compiles every kind of `foreach` from the document to Items. Used by the planner, on one thread. Items are immutable;
// any thread.

#include "plan/items.hpp"
#include "expressions/resolve_context.hpp"
#include "workflow/document.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace ropewalk {

/// The maximum number of items of a stage. A thousand million tasks of 10 us take hours on any machine, so a larger
/// number is an error, which is reported before anything is allocated.
inline constexpr std::uint64_t kMaxItems = 1'000'000'000;

struct CompiledItems {
  std::shared_ptr<const Items> items;
  StaticType item;                 ///< what is known about each
  std::vector<Field> item_fields;  ///< those that `item` may point to
  std::set<std::uint32_t> reads;   ///< stages that must have ended before the items are opened
  std::optional<std::uint32_t> streams_from;
  std::string signature;  ///< equal for equal items
  bool reads_stdin = false;
};

/// Returns nothing if a diagnostic was reported. `names.item` must be empty, because items cannot depend on an item.
std::unique_ptr<CompiledItems> compile_items(const StageForm& stage, const ResolveContext& names);

}  // namespace ropewalk
