#pragma once
// The items of a stage: as the workflow declares them (Items), and opened for one run (ItemList).

#include "plan/scope.hpp"

#include <ropewalk/error.hpp>
#include <ropewalk/value.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace ropewalk {

/// The items of one stage in one run. Opened once when the stage starts: a glob is expanded then, while items from a
/// file are read gradually. Known items never change. Cheap in memory (a range costs nothing, nor does a line).
/// Single-threaded.
class ItemList {
 public:
  virtual ~ItemList() = default;
  /// Number of known items.
  virtual std::uint64_t size() const = 0;
  /// Whether all items are known.
  virtual bool complete() const { return true; }
  /// Reads ahead until `wanted` items are known, without blocking. Returns false if the list cannot be read further,
  /// with the cause in `problem`.
  virtual bool grow(std::uint64_t /*wanted*/, std::string& /*problem*/) { return true; }
  /// If the items are successive ints: the first of them.
  virtual std::optional<std::int64_t> counts_from() const { return std::nullopt; }
  /// A remark on the opened list for the user: why it has no items, or what was skipped. Empty if there is none.
  virtual std::string remark() const { return {}; }
  /// Null if the item cannot be read.
  virtual Value at(std::uint64_t index) const = 0;
  /// Like at(), but returns false with the cause in `problem` if the item cannot be read.
  virtual bool read(std::uint64_t index, Value& out, std::string& problem) const {
    problem.clear();
    return out = at(index), true;
  }
};

/// The `foreach` of a stage. Streams (`results` of an earlier stage) have no ItemList: the run loop passes each task
/// its upstream result as its item.
struct Items {
  virtual ~Items() = default;
  /// false: no `foreach`, one task without an item.
  virtual bool fans_out() const = 0;
  /// Whether the items depend on files that other stages may write.
  virtual bool reads_files() const { return false; }
  /// The stream that opening consumes, as "standard input" or "'FILE'"; empty if none. Its items can be read only once.
  virtual std::string stream(const Scope& /*scope*/) const { return {}; }
  /// Does not wait for the items of a stream. Reads only params and the results of stages that have ended. Errors have
  /// R codes (no such file, ...).
  virtual Result<std::unique_ptr<ItemList>> open(const Scope& scope) const = 0;
};

}  // namespace ropewalk
