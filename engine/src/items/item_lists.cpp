#include "items/item_lists.hpp"

#include "values/json_value.hpp"
#include "base/suggest.hpp"
#include "base/text.hpp"
#include "expressions/evaluate.hpp"
#include "items/glob.hpp"
#include "items/item_sources.hpp"
#include "items/relative_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

namespace ropewalk {
namespace {

class OneItem final : public ItemList {
 public:
  std::uint64_t size() const override { return 1; }
  Value at(std::uint64_t) const override { return {}; }
};

class RangeList final : public ItemList {
 public:
  RangeList(std::int64_t from, std::int64_t step, std::uint64_t size) : from_(from), step_(step), size_(size) {}
  std::uint64_t size() const override { return size_; }
  Value at(std::uint64_t index) const override { return number(index); }
  bool read(std::uint64_t index, Value& out, std::string&) const override { return out.set_int(number(index)), true; }

 private:
  std::int64_t number(std::uint64_t index) const { return from_ + step_ * static_cast<std::int64_t>(index); }

  std::int64_t from_, step_;
  std::uint64_t size_;
};

/// Borrows the constant of its ListItems, or owns what an expression gave.
class ValueList final : public ItemList {
 public:
  explicit ValueList(const List& borrowed) : list_(borrowed) {}
  explicit ValueList(Value owned) : owned_(std::move(owned)), list_(*std::as_const(owned_).as_list()) {}
  std::uint64_t size() const override { return list_.size(); }
  Value at(std::uint64_t index) const override { return list_[index]; }

 private:
  Value owned_;
  const List& list_;
};

/// Paths in one block of memory: 8 bytes each beyond their own.
class PathList final : public ItemList {
 public:
  /// `patterns`: what was looked for, or words for it.
  PathList(const GlobMatches& found, const std::vector<std::string>& patterns, bool show) {
    const std::vector<std::string>& paths = found.paths;
    const bool folders = std::all_of(patterns.begin(), patterns.end(), [](const std::string& pattern) { return pattern.ends_with('/'); });
    if (paths.empty()) remark_ = fmt::format("no {} matches {}{}", folders ? "folder" : "file", at_most_ten(patterns), show ? relative_to(patterns.front()) : std::string());
    if (found.unreadable_count > 0)
      remark_ += fmt::format("{}{} folder{} may not be read and {} skipped: {}{}", remark_.empty() ? "" : "; ", found.unreadable_count, found.unreadable_count == 1 ? "" : "s",
                             found.unreadable_count == 1 ? "was" : "were", show ? fmt::format("{}", fmt::join(found.unreadable, ", ")) : "not shown here", show && found.unreadable_count > found.unreadable.size() ? ", ..." : "");
    std::size_t bytes = 0;
    for (const std::string& path : paths) bytes += path.size();
    text_.reserve(bytes);
    ends_.reserve(paths.size());
    for (const std::string& path : paths) {
      text_ += path;
      ends_.push_back(text_.size());
    }
  }
  std::uint64_t size() const override { return ends_.size(); }
  std::string remark() const override { return remark_; }
  Value at(std::uint64_t index) const override {
    const std::size_t start = index == 0 ? 0 : ends_[index - 1];
    return Path{text_.substr(start, ends_[index] - start)};
  }

 private:
  std::string text_;
  std::vector<std::size_t> ends_;
  std::string remark_;
};

constexpr std::uint64_t kListedFirst = 1'000'000;  // lines that are found before the first task

std::string too_many_text() { return fmt::format("there are more than {} items, the most that a stage may have", kMaxItems); }

/// Eight bytes at a time: most lines need no closer look.
bool is_ascii(std::string_view text) {
  std::uint64_t high = 0;
  for (; text.size() >= 8; text.remove_prefix(8)) {
    std::uint64_t word;
    std::memcpy(&word, text.data(), sizeof word);
    high |= word;
  }
  for (const char c : text) high |= static_cast<unsigned char>(c);
  return (high & 0x8080808080808080u) == 0;
}

class LinesOfFile : public ItemList {
 public:
  explicit LinesOfFile(LineFile lines) : lines_(std::move(lines)) {}
  std::uint64_t size() const final { return lines_.size(); }
  bool complete() const final { return lines_.complete(); }
  bool grow(std::uint64_t wanted, std::string& problem) final {
    if (!lines_.grow(std::min(wanted, kMaxItems + 1), problem)) return false;
    return lines_.size() <= kMaxItems || (problem = too_many_text(), false);
  }
  Value at(std::uint64_t index) const final {
    Value value;
    std::string problem;
    return read(index, value, problem) ? value : Value();
  }
  bool read(std::uint64_t index, Value& out, std::string& problem) const final {
    std::string_view line;
    return lines_.read(index, line, problem) && read_line(index, line, out, problem);
  }

 protected:
  const LineFile& lines() const { return lines_; }

 private:
  virtual bool read_line(std::uint64_t index, std::string_view line, Value& out, std::string& problem) const = 0;

  LineFile lines_;
};

/// A line is text where it is UTF-8, else a path, as names of files are; with a NUL in it, bytes.
class LineList final : public LinesOfFile {
 public:
  using LinesOfFile::LinesOfFile;

 private:
  bool read_line(std::uint64_t, std::string_view line, Value& out, std::string&) const override {
    if (is_ascii(line) || is_utf8(line)) out = line;
    else if (line.find('\0') == std::string_view::npos) out = Path{std::string(line)};
    else out = Bytes{std::string(line)};
    return true;
  }
};

/// A JSON value a line.
class JsonLineList final : public LinesOfFile {
 public:
  using LinesOfFile::LinesOfFile;

 private:
  bool read_line(std::uint64_t index, std::string_view line, Value& out, std::string& problem) const override {
    std::optional<Value> value = value_from_json(line, problem);
    if (!value) return problem = fmt::format("{}:{}: {}", lines().name(), lines().number(index), problem), false;
    return out = std::move(*value), true;
  }
};

/// Nothing is kept for an item.
class MatrixList final : public ItemList {
 public:
  MatrixList(std::vector<std::pair<std::string, Value>> axes, std::shared_ptr<const Combinations> combinations, List includes, std::string remark)
      : axes_(std::move(axes)), combinations_(std::move(combinations)), includes_(std::move(includes)), remark_(std::move(remark)) {}
  std::string remark() const override { return remark_; }
  std::uint64_t size() const override { return combinations_->size() + includes_.size(); }
  Value at(std::uint64_t index) const override {
    if (index >= combinations_->size()) return includes_[index - combinations_->size()];
    Map item;
    combinations_->at(index, [&](std::uint32_t axis, std::uint32_t position) { item.emplace(axes_[axis].first, axes_[axis].second.element(position)); });
    return item;
  }

 private:
  std::vector<std::pair<std::string, Value>> axes_;  // lists
  std::shared_ptr<const Combinations> combinations_;
  List includes_;
  std::string remark_;
};

Error bad_items(std::string_view message) { return Error{codes::kBadItems, fmt::format("'foreach': {}", message)}; }

Error too_many() { return bad_items(too_many_text()); }

}  // namespace

Result<std::unique_ptr<ItemList>> SingleItem::open(const Scope&) const { return std::make_unique<OneItem>(); }

Result<std::unique_ptr<ItemList>> StreamItems::open(const Scope&) const {
  return bad_items("the results of a stage are given to its reader one by one, not as a list");
}

Result<std::unique_ptr<ItemList>> ListItems::open(const Scope& scope) const {
  Value value;
  std::string problem;
  if (!list.is_constant() && !list.evaluate(scope, value, problem)) return bad_items(problem);
  const Value& all = list.is_constant() ? list.constant() : value;
  if (const SharedList* shared = all.as_shared_list(); shared && shared->is_range()) return std::make_unique<RangeList>(shared->first(), 1, shared->size());
  if (list.is_constant()) return std::make_unique<ValueList>(*all.as_list());
  if (!value.list_size()) return bad_items(fmt::format("wants a list, but this is {}", kind_name(value.kind())));
  return std::make_unique<ValueList>(std::move(value));
}

Result<std::unique_ptr<ItemList>> RangeItems::open(const Scope& scope) const {
  std::string problem;
  const auto read = [&](const std::optional<Binding>& binding, std::int64_t without) {
    Value value;
    if (!binding || !problem.empty() || !binding->evaluate(scope, value, problem)) return without;
    if (!value.as_int()) problem = "a bound of the range has no value";
    return value.as_int() ? *value.as_int() : without;
  };
  const bool counted = !from && !step;
  const std::int64_t first = read(from, 0), last = read(to, 0), stride = read(step, 1);
  if (!problem.empty()) return bad_items(problem);
  if (stride == 0) return bad_items("the 'step' of a range must not be 0");
  if (counted && last < 0) return bad_items(fmt::format("a range of {} items cannot be", last));
  const auto size =
      counted ? (static_cast<std::uint64_t>(last) <= kMaxItems ? std::optional<std::uint64_t>(last) : std::nullopt)
              : count_range(first, last, stride);
  if (!size) return too_many();
  return std::make_unique<RangeList>(first, stride, *size);
}

bool GlobItems::write(const std::vector<Pattern>& all, const Scope& scope, std::vector<std::string>& written, std::string& problem) {
  Budget budget;
  for (const Pattern& pattern : all) {
    std::string text;
    for (const Piece& piece : pattern) {
      text += piece.literal;
      if (!piece.expression) continue;
      Value value;
      std::string literal;
      if (!evaluate(*piece.expression, scope, value, budget, problem)) return problem = piece.expression->secret ? std::string(kHiddenReason) : problem, false;
      if (!append_as_text(literal, value)) return problem = fmt::format("{} cannot stand inside a pattern", kind_name(value.kind())), false;
      text += escape_glob(literal);
    }
    written.push_back(std::move(text));
  }
  return true;
}

Result<std::unique_ptr<ItemList>> GlobItems::open(const Scope& scope) const {
  std::vector<std::string> wanted, unwanted;
  std::string problem;
  if (!write(patterns, scope, wanted, problem) || !write(excludes, scope, unwanted, problem)) return bad_items(problem);
  const auto found = expand_globs(wanted, unwanted);
  if (!found && secret) return Error{found.error().list.front().code, "'foreach': the files of this pattern cannot be listed, and the reason is not shown because it reads a secret"};
  if (!found) return found.error();
  return std::make_unique<PathList>(*found, secret ? std::vector<std::string>{"a pattern that reads a secret"} : wanted, !secret);
}

Result<std::unique_ptr<ItemList>> LineItems::open(const Scope& scope) const {
  Value name;
  std::string problem;
  if (!file.evaluate(scope, name, problem)) return bad_items(problem);
  if (!name.as_string()) return bad_items("the name of the file has no value");
  auto lines = LineFile::open(*name.as_string(), format);
  if (!lines) return lines.error();
  if (!lines->grow(kListedFirst, problem)) return Error{codes::kItemsUnreadable, problem};
  if (json) return std::make_unique<JsonLineList>(std::move(*lines));
  return std::make_unique<LineList>(std::move(*lines));
}

std::string LineItems::stream(const Scope& scope) const {
  Value name;
  std::string problem;
  if (!file.evaluate(scope, name, problem) || !name.as_string() || !LineFile::is_stream(*name.as_string())) return {};
  return LineFile::is_stdin(*name.as_string()) ? "standard input" : fmt::format("'{}'", *name.as_string());
}

Result<std::unique_ptr<ItemList>> MatrixItems::open(const Scope& scope) const {
  std::string problem, remark;
  std::vector<std::pair<std::string, Value>> lists;
  std::vector<std::uint32_t> sizes;
  std::uint64_t count = 1;
  for (const Axis& axis : axes) {
    Value values;
    if (!axis.values.evaluate(scope, values, problem)) return bad_items(problem);
    const std::optional<std::uint64_t> size = values.list_size();
    if (!size) return bad_items(fmt::format("axis '{}' wants a list, but this is {}", axis.name, kind_name(values.kind())));
    if (*size > kMaxItems || (*size != 0 && count > kMaxItems / *size)) return too_many();
    count *= *size;
    sizes.push_back(static_cast<std::uint32_t>(*size));
    lists.emplace_back(axis.name, std::move(values));
  }
  const auto evaluated = [&](const std::vector<Binding>& bindings, List& out) {
    return std::all_of(bindings.begin(), bindings.end(), [&](const Binding& each) { return each.evaluate(scope, out.emplace_back(), problem); });
  };
  List included;
  if (!evaluated(includes, included)) return bad_items(problem);
  std::shared_ptr<const Combinations> left = combinations;
  if (!left) {
    List excluded;
    Budget budget;
    std::vector<Combinations::Exclude> fitting;
    if (!evaluated(excludes, excluded)) return bad_items(problem);
    for (const Value& exclude : excluded) {
      Combinations::Exclude fits;
      bool any = count > 0;
      for (std::uint32_t axis = 0; axis < lists.size(); ++axis) {
        const auto wanted = exclude.as_map()->find(lists[axis].first);
        if (wanted == exclude.as_map()->end()) continue;
        auto positions = positions_of(wanted->second, lists[axis].second, budget, problem);
        if (!positions) return bad_items(problem);
        any = any && !positions->empty();
        fits.emplace(axis, std::move(*positions));
      }
      if (any) fitting.push_back(std::move(fits));
      else remark += fmt::format("{}the exclude {} fits no combination", remark.empty() ? "" : "; ", to_json(exclude));
    }
    auto all = std::make_shared<Combinations>(std::move(sizes));
    if (!all->leave_out(fitting, budget, problem)) return bad_items(fmt::format("the combinations that are not excluded cannot be counted: {}", problem));
    left = std::move(all);
  }
  return std::make_unique<MatrixList>(std::move(lists), std::move(left), std::move(included), std::move(remark));
}

std::optional<std::vector<std::uint32_t>> positions_of(const Value& wanted, const Value& list, Budget& budget, std::string& problem) {
  std::vector<std::uint32_t> positions;
  const SharedList* shared = list.as_shared_list();
  if (shared && shared->is_range() && wanted.as_int()) {
    const auto offset = static_cast<__int128>(*wanted.as_int()) - shared->first();
    if (offset >= 0 && offset < static_cast<__int128>(shared->size())) positions.push_back(static_cast<std::uint32_t>(offset));
    return positions;
  }
  if (!budget.spend(*list.list_size() * std::max<std::size_t>(1, extent(wanted) / sizeof(Value)), problem)) return std::nullopt;
  bool comparable = true;
  std::uint32_t position = 0;
  list.each_element([&](const Value& value) {
    if (same_value(value, wanted, comparable)) positions.push_back(position);
    ++position;
  });
  return positions;
}

std::optional<std::uint64_t> count_range(std::int64_t from, std::int64_t to, std::int64_t step) {
  if (step > 0 ? from > to : from < to) return 0;
  const std::uint64_t distance = step > 0 ? static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from)
                                          : static_cast<std::uint64_t>(from) - static_cast<std::uint64_t>(to);
  const std::uint64_t stride = step > 0 ? static_cast<std::uint64_t>(step) : 0 - static_cast<std::uint64_t>(step);
  const std::uint64_t count = distance / stride;  // one less than the items
  if (count >= kMaxItems) return std::nullopt;
  return count + 1;
}

}  // namespace ropewalk
