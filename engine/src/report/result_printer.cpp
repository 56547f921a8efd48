#include "report/result_printer.hpp"

#include <utility>

namespace ropewalk {
namespace {

constexpr std::size_t kBlock = 1 << 16;

/// Text, bytes and paths as they are, everything else as JSON; nothing for what is absent.
void append_raw(std::string& out, const Value& value) {
  if (const SharedBytes* shared = value.as_shared()) out += shared->bytes();
  else if (const std::string* text = value.as_string()) out += *text;
  else if (!value.is_null()) append_json(out, value);
}

}  // namespace

ResultPrinter::ResultPrinter(Sink& sink, Style style, std::function<void()> stuck)
    : sink_(sink), style_(std::move(style)), stuck_(std::move(stuck)) {}

void ResultPrinter::append(std::string& out, const Value& fields) const {
  if (style_.field.empty()) {
    append_json(out, fields);
    out += '\n';
    return;
  }
  const std::size_t start = out.size();
  if (const Map* map = fields.as_map())
    if (const auto field = map->find(style_.field); field != map->end()) append_raw(out, field->second);
  if (!style_.verbatim && (out.size() == start || out.back() != '\n')) out += '\n';
}

void ResultPrinter::task_result(std::int64_t, std::uint32_t, std::uint64_t index, const Value& fields) {
  text_.clear();
  append(text_, fields);
  take(index, text_);
}

void ResultPrinter::tasks_finished(std::int64_t, std::uint32_t, std::span<const TaskFinished> tasks) {
  for (const TaskFinished& task : tasks)
    if (task.last && task.outcome != Outcome::succeeded) take(task.index, {});
  flush();
}

void ResultPrinter::take(std::uint64_t index, std::string_view text) {
  if (given_up_) return;
  if (index != next_) {
    held_.emplace(index, Held{spool_.append(text), text.size()});
    if (!spool_.failed().empty()) give_up(spool_.failed());
    return;
  }
  ready_ += text;
  ++next_;
  if (ready_.size() >= kBlock) flush();
  release();
}

/// What was only waiting for its turn.
void ResultPrinter::release() {
  if (held_.empty()) return;
  while (!given_up_ && !held_.empty() && held_.begin()->first == next_) {
    const Held held = held_.begin()->second;
    const std::string_view text = spool_.read(held.offset, held.size);
    if (text.size() != held.size) return give_up("its file cannot be read");
    ready_ += text;
    ++next_;
    held_.erase(held_.begin());
    if (ready_.size() >= kBlock) flush();
  }
  if (held_.empty()) spool_ = Spool();  // its file is gone with all that has been written
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

}  // namespace ropewalk
