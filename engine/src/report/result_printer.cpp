#include "report/result_printer.hpp"

#include "report/item_tag.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace ropewalk {
namespace {

constexpr std::size_t kBlock = 1 << 16;

/// Appends text, bytes and paths as they are, everything else as JSON, and nothing for an absent value. Works in
/// pieces, like append_json().
void append_raw(std::string& out, const Value& value, const TakeJson& take) {
  if (!value.bytes()) return value.is_null() ? void() : void(append_json(out, value, take));
  for (std::string_view left = *value.bytes(); !left.empty(); left.remove_prefix(std::min(left.size(), kBlock))) {
    if (out.size() >= kBlock && !take(out)) return;
    out += left.substr(0, kBlock);
  }
}

}  // namespace

ResultPrinter::ResultPrinter(Sink& sink, Style style, std::function<void()> stuck)
    : sink_(sink), style_(std::move(style)), stuck_(std::move(stuck)) {}

void ResultPrinter::append(std::string& out, std::uint32_t stage, std::uint64_t index, const Value& fields,
                           const TakeJson& take) const {
  if (!style_.tag) return append_untagged(out, fields, take);
  std::string lines;
  append_untagged(lines, fields, [](std::string&) { return true; });
  const std::optional<Value> item = items_ != nullptr ? items_->item_of(stage, index) : std::nullopt;
  const std::string tag = item_tag(item.value_or(Value(static_cast<std::int64_t>(index))));
  for (std::string_view left = lines; !left.empty();) {
    const std::size_t end = left.find('\n', std::min(left.size() - 1, kBlock));
    const std::string_view part = left.substr(0, std::min(end, left.size() - 1) + 1);
    append_tagged(out, tag, part);
    left.remove_prefix(part.size());
    if (out.size() >= kBlock && !take(out)) return;
  }
}

void ResultPrinter::append_untagged(std::string& out, const Value& fields, const TakeJson& take) const {
  if (style_.field.empty()) {
    append_json(out, fields, take);
    out += '\n';
    return;
  }
  static const Value kAbsent;
  const Map* const map = fields.as_map();
  const auto field = map != nullptr ? map->find(style_.field) : Map::const_iterator();
  const Value& value = map != nullptr && field != map->end() ? field->second : kAbsent;
  append_raw(out, value, take);
  const bool ends_a_line = value.bytes() && value.bytes()->ends_with('\n');
  if (!style_.verbatim && !ends_a_line) out += '\n';
}

void ResultPrinter::task_result(std::int64_t, std::uint32_t stage, std::uint64_t index, const Value& fields) {
  if (given_up_) return;
  if (index != next_ && !style_.as_completed) return keep(stage, index, fields);
  append(ready_, stage, index, fields, [this](std::string&) { return flush(), !given_up_; });
  if (!style_.as_completed) ++next_;
  if (ready_.size() >= kBlock) flush();
  release();
}

void ResultPrinter::tasks_finished(std::int64_t, std::uint32_t, std::span<const TaskFinished> tasks) {
  for (const TaskFinished& task : tasks)
    if (task.last && task.outcome != Outcome::succeeded) pass(task.index);
  flush();
}

/// Keeps the result until its turn.
void ResultPrinter::keep(std::uint32_t stage, std::uint64_t index, const Value& fields) {
  Held held{spool_.append({}), 0};
  const TakeJson take = [&](std::string& text) {
    spool_.append(text);
    held.size += text.size();
    text.clear();
    return spool_.failed().empty();
  };
  append(text_, stage, index, fields, take);
  take(text_);
  held_.emplace(index, held);
  if (!spool_.failed().empty()) give_up(spool_.failed());
}

/// Skips a task without a result.
void ResultPrinter::pass(std::uint64_t index) {
  if (given_up_ || style_.as_completed) return;
  if (index != next_) return void(held_.emplace(index, Held{0, 0}));
  ++next_;
  release();
}

/// Writes the results whose turn has come.
void ResultPrinter::release() {
  if (held_.empty()) return;
  while (!given_up_ && !held_.empty() && held_.begin()->first == next_) {
    const Held held = held_.begin()->second;
    for (std::uint64_t at = 0; at < held.size; at += kBlock) {
      const std::uint64_t size = std::min<std::uint64_t>(held.size - at, kBlock);
      const std::size_t before = ready_.size();
      ready_.resize(before + size);
      if (!spool_.copy(held.offset + at, size, ready_.data() + before)) return give_up("its file cannot be read");
      if (ready_.size() >= kBlock) flush();
      if (given_up_) return;
    }
    ++next_;
    held_.erase(held_.begin());
  }
  if (held_.empty()) spool_ = Spool();  // drops its file, which has been written completely
}

void ResultPrinter::flush() {
  if (given_up_ || ready_.empty()) return;
  if (!sink_.write(ready_)) return give_up({});
  ready_.clear();
}

void ResultPrinter::give_up(std::string problem) {
  given_up_ = true;
  problem_ = std::move(problem);
  held_.clear();
  stuck_();
}

std::unique_ptr<ResultReport> make_result_report(Sink& sink, ResultReportStyle style, std::function<void()> stuck) {
  return std::make_unique<ResultPrinter>(sink, std::move(style), std::move(stuck));
}

}  // namespace ropewalk
