#pragma once
// The items that a stage fans out over: what the workflow says (Items), and the same opened for one run (ItemList).

#include "plan/scope.hpp"

#include <ropewalk/error.hpp>
#include <ropewalk/value.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace ropewalk {

/// The items of one stage in one run, opened once when the stage starts: a glob is expanded. Those of a file are found
/// little by little. What is known does not change. Cheap in memory (a range and a line cost nothing); one thread.
class ItemList {
 public:
  virtual ~ItemList() = default;
  /// Those that are known.
  virtual std::uint64_t size() const = 0;
  /// Whether there are no others.
  virtual bool complete() const { return true; }
  /// Looks for further ones until so many are known, and does not wait for them. False: the list cannot be read
  /// further, and `problem` says why.
  virtual bool grow(std::uint64_t /*wanted*/, std::string& /*problem*/) { return true; }
  /// What a reader should know of the list as it was opened: why it has no items, or what was skipped. Else empty.
  virtual std::string remark() const { return {}; }
  /// Null where it cannot be read.
  virtual Value at(std::uint64_t index) const = 0;
  /// The same; false: `problem` says why it cannot be read.
  virtual bool read(std::uint64_t index, Value& out, std::string& problem) const {
    problem.clear();
    return out = at(index), true;
  }
};

/// What `foreach` says. Streams (`results` of an earlier stage) have no ItemList of their own: the run loop gives
/// each task its upstream result as its item.
struct Items {
  virtual ~Items() = default;
  /// false: no `foreach`, one task without an item.
  virtual bool fans_out() const = 0;
  /// Whether other stages may change what there is, by writing files.
  virtual bool reads_files() const { return false; }
  /// "standard input", "'FILE'": what opening them takes items from, which are then there for nobody else; or empty.
  virtual std::string stream(const Scope& /*scope*/) const { return {}; }
  /// Items of a stream are not waited for. Reads only params and the results of stages that have ended. Errors carry R codes (no such file, ...).
  virtual Result<std::unique_ptr<ItemList>> open(const Scope& scope) const = 0;
};

}  // namespace ropewalk
