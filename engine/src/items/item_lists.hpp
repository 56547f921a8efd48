#pragma once
// The kinds of Items and their opened lists. Immutable; knows no workflow, only bindings.

#include "expressions/binding.hpp"
#include "items/combinations.hpp"
#include "plan/items.hpp"
#include "items/line_file.hpp"

#include <ropewalk/codes.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk {

/// No `foreach`: one task, without an item.
struct SingleItem final : Items {
  bool fans_out() const override { return false; }
  Result<std::unique_ptr<ItemList>> open(const Scope& scope) const override;
};

/// {results: STAGE}: the run loop feeds the stage, so there is no list to open.
struct StreamItems final : Items {
  bool fans_out() const override { return true; }
  Result<std::unique_ptr<ItemList>> open(const Scope& scope) const override;
};

struct ListItems final : Items {
  explicit ListItems(Binding binding) : list(std::move(binding)) {}
  bool fans_out() const override { return true; }
  Result<std::unique_ptr<ItemList>> open(const Scope& scope) const override;
  const Binding list;
};

struct RangeItems final : Items {
  bool fans_out() const override { return true; }
  Result<std::unique_ptr<ItemList>> open(const Scope& scope) const override;
  /// Of {from, to, step}; `to` alone is a count, that of `range: n`.
  std::optional<Binding> from, to, step;
};

struct GlobItems final : Items {
  bool secret = false;                 ///< a pattern reads a secret: no message shows it
  using Pattern = std::vector<Piece>;  ///< literals are pattern text; values of expressions match literally
  bool fans_out() const override { return true; }
  bool reads_files() const override { return true; }
  Result<std::unique_ptr<ItemList>> open(const Scope& scope) const override;
  std::vector<Pattern> patterns, excludes;
  std::optional<Binding> base;  ///< `in`: the folder that patterns, excludes and paths are relative to

 private:
  static bool write(const std::vector<Pattern>& all, const Scope& scope, std::vector<std::string>& written,
                    std::string& problem);
};

/// The lines of a file or a stream, as text or as JSON values, or blocks of its lines.
struct LineItems final : Items {
  LineItems(Binding binding, LineFormat how, bool values) : file(std::move(binding)), format(how), json(values) {}
  bool fans_out() const override { return true; }
  bool reads_files() const override { return true; }
  std::string stream(const Scope& scope) const override;
  Result<std::unique_ptr<ItemList>> open(const Scope& scope) const override;
  const Binding file;
  const LineFormat format;
  const bool json;
};

/// All combinations of the axes that no exclude matches, the last axis varying fastest; then the includes.
struct MatrixItems final : Items {
  struct Axis {
    std::string name;
    Binding values;
  };
  bool fans_out() const override { return true; }
  Result<std::unique_ptr<ItemList>> open(const Scope& scope) const override;
  std::vector<Axis> axes;
  std::vector<Binding> excludes, includes;           ///< maps
  std::shared_ptr<const Combinations> combinations;  ///< null: not known before the stage starts
};

/// Lists of one length, side by side: item i is a map of the elements i.
struct ZipItems final : Items {
  bool fans_out() const override { return true; }
  Result<std::unique_ptr<ItemList>> open(const Scope& scope) const override;
  std::vector<std::pair<std::string, Binding>> lists;
};

/// The positions in a list of values equal to `wanted`, ascending. Returns nothing and sets `problem` if the search
/// exceeds the budget.
std::optional<std::vector<std::uint32_t>> positions_of(const Value& wanted, const Value& list, Budget& budget,
                                                       std::string& problem);

/// The number of items in from, from + step, ... up to and including `to`; nothing if there are more than kMaxItems.
/// `step` must not be 0.
std::optional<std::uint64_t> count_range(std::int64_t from, std::int64_t to, std::int64_t step);

}  // namespace ropewalk
