#pragma once
// Every kind of `foreach`, compiled: from the document to Items. Used by the planner, on one thread; the Items are
// immutable and belong to any thread.

#include "plan/items.hpp"
#include "expressions/resolve_context.hpp"
#include "workflow/document.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace ropewalk {

/// The most items that a stage may have. A thousand million tasks of 10 us take hours on any machine that this
/// runs on; a number beyond this is a diagnostic, and is told before anything is allocated.
inline constexpr std::uint64_t kMaxItems = 1'000'000'000;

struct CompiledItems {
  std::shared_ptr<const Items> items;
  StaticType item;                 ///< what is known of each
  std::vector<Field> item_fields;  ///< those that `item` may point to
  std::set<std::uint32_t> reads;   ///< stages that must have ended before the items are opened
  std::optional<std::uint32_t> streams_from;
  std::string signature;  ///< equal for equal items
  bool reads_stdin = false;
};

/// Nothing: a diagnostic is told. `names.item` is to be empty: items cannot be made of items.
std::unique_ptr<CompiledItems> compile_items(const StageForm& stage, const ResolveContext& names);

}  // namespace ropewalk
