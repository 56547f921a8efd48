#include "record/task_span.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace ropewalk::record {
namespace {

/// Enough for the ints of a task with their commas.
constexpr std::size_t kIntsBytes = 192;

/// Of numbers that a damaged record may hold: they wrap around.
std::int64_t sum(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

std::int64_t difference(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

std::int64_t ready_of(const PlainTask& task) { return difference(task.started_ns, task.queued_ns); }

/// Most numbers of a span are small.
char* put(char* at, std::int64_t number) {
  if (number < 0 || number > 9999) return std::to_chars(at, at + 20, number).ptr;
  const auto small = static_cast<std::uint32_t>(number);
  if (small > 999) *at++ = static_cast<char>('0' + small / 1000);
  if (small > 99) *at++ = static_cast<char>('0' + small / 100 % 10);
  if (small > 9) *at++ = static_cast<char>('0' + small / 10 % 10);
  *at++ = static_cast<char>('0' + small % 10);
  return at;
}

char* put(char* at, std::string_view text) { return std::copy(text.begin(), text.end(), at); }

/// At most how many bytes put_quoted() takes.
std::size_t quoted_bytes(std::string_view json) { return 2 * json.size() + 2; }

/// JSON within a JSON text: it has no control characters of its own.
char* put_quoted(char* at, std::string_view json) {
  *at++ = '"';
  for (const char c : json) {
    if (c == '"' || c == '\\') *at++ = '\\';
    *at++ = c;
  }
  *at++ = '"';
  return at;
}

}  // namespace

void SpanText::set_head(std::span<const PlainTask* const> tasks) {
  const PlainTask& first = *tasks.front();
  head_ = {.started_ns = first.started_ns, .ready_ns = ready_of(first)};
  if (first.has_key) head_.key = first.key;
  const auto counts_up = [&](const PlainTask* task) {
    return task->item_kind == PlainTask::Item::integer &&
           difference(task->item_int, first.item_int) == static_cast<std::int64_t>(task->index - first.index);
  };
  if (std::all_of(tasks.begin(), tasks.end(), counts_up)) head_.item_from = first.item_int;
}

std::size_t SpanText::place_of(const PlainTask& task) {
  if (last_place_ < known_places_.size() && known_places_[last_place_] == task.place) return last_place_;
  const auto found = std::find(known_places_.begin(), known_places_.end(), task.place);
  last_place_ = static_cast<std::size_t>(found - known_places_.begin());
  if (found == known_places_.end()) known_places_.push_back(task.place);
  return last_place_;
}

char* SpanText::room(std::size_t bytes) {
  if (buffer_.size() - used_ < bytes) buffer_.resize(2 * (used_ + bytes));
  return buffer_.data() + used_;
}

void SpanText::add(const Batch& batch, const PlainTask& task, std::string_view result) {
  const bool item = !head_.item_from && task.item_kind != PlainTask::Item::none;
  const std::string_view item_text = item ? batch.at(task.item) : std::string_view();
  char* at = room(kIntsBytes + quoted_bytes(item_text) + quoted_bytes(result));
  *at++ = '[';
  at = put(at, difference(task.started_ns, head_.started_ns));
  *at++ = ',';
  at = put(at, task.run_ns);
  *at++ = ',';
  at = put(at, task.cpu_ns);
  const auto place = static_cast<std::int64_t>(place_of(task));
  const std::int64_t ready_ns = difference(ready_of(task), head_.ready_ns);
  const bool own_key = head_.key && task.key != *head_.key;
  // What a task shares is left out at the end.
  const bool has_item = item || !result.empty(), has_key = own_key || has_item, has_ready = ready_ns != 0 || has_key;
  if (place != 0 || has_ready) {
    *at++ = ',';
    at = put(at, place);
  }
  if (has_ready) {
    *at++ = ',';
    at = put(at, ready_ns);
  }
  if (has_key) {
    *at++ = ',';
    at = own_key ? put(at, static_cast<std::int64_t>(task.key)) : put(at, "null");
  }
  if (has_item) {
    *at++ = ',';
    if (!item) at = put(at, "null");
    if (item && task.item_kind == PlainTask::Item::integer) at = put(at, task.item_int);
    if (item && task.item_kind == PlainTask::Item::json) at = put_quoted(at, item_text);
  }
  if (!result.empty()) {
    *at++ = ',';
    at = put_quoted(at, result);
  }
  *at++ = ']';
  *at++ = ',';
  used_ = static_cast<std::size_t>(at - buffer_.data());
}

void SpanText::make(const Batch& batch, std::span<const PlainTask* const> tasks, std::span<const std::string> results) {
  set_head(tasks);
  known_places_.clear();
  last_place_ = used_ = 0;
  *room(1) = '[';
  used_ = 1;
  for (std::size_t i = 0; i < tasks.size(); ++i)
    add(batch, *tasks[i], results.empty() ? std::string_view() : results[i]);
  buffer_[used_ - 1] = ']';
  places_ = "[";
  for (const std::int64_t place : known_places_) {
    std::array<char, 24> text;
    places_.append(text.data(), put(text.data(), place));
    places_ += ',';
  }
  places_.back() = ']';
}

/// Reads the few forms of JSON that SpanText makes. All of it is checked, because a record may be damaged.
class SpanTasks::Parser {
 public:
  explicit Parser(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool take(char c) { return at_ != end_ && *at_ == c ? ++at_, true : false; }
  bool at_end() const { return at_ == end_; }
  char next() const { return at_ != end_ ? *at_ : '\0'; }

  bool read(std::int64_t& number) {
    const auto [end, error] = std::from_chars(at_, end_, number);
    at_ = end;
    return error == std::errc();
  }
  bool take_null() {
    if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with("null")) return false;
    at_ += 4;
    return true;
  }
  /// Appends the text that is quoted.
  bool read_quoted(std::string& out) {
    if (!take('"')) return false;
    for (;;) {
      const char* const plain = std::find_if(at_, end_, [](char c) { return c == '"' || c == '\\'; });
      out.append(at_, plain);
      at_ = plain;
      if (at_ == end_) return false;
      if (*at_++ == '"') return true;
      if (at_ == end_) return false;
      out += *at_++;
    }
  }

 private:
  const char* at_;
  const char* end_;
};

/// Reads one task after the other.
class SpanTasks::TaskReader {
 public:
  TaskReader(const SpanHead& head, std::string_view tasks, const std::vector<std::int64_t>& places, std::string& texts)
      : head_(head), text_(tasks), places_(places), texts_(texts) {}

  Parser& text() { return text_; }

  /// `i`: its place in the span. What it does not name is that of its span.
  bool read(Task& task, std::int64_t i) {
    std::int64_t started = 0, place = 0, ready = 0;
    task.known.key = head_.key;
    if (head_.item_from) set_item(task.item, sum(*head_.item_from, i));
    if (!text_.take('[') || !text_.read(started) || !text_.take(',') || !text_.read(task.known.run_ns) ||
        !text_.take(',') || !text_.read(task.known.cpu_ns))
      return false;
    if (text_.take(',') && !text_.read(place)) return false;
    if (text_.take(',') && !text_.read(ready)) return false;
    if (text_.take(',') && !text_.take_null() && !read_key(task.known)) return false;
    if (text_.take(',') && !text_.take_null() && !read_item(task.item)) return false;
    if (text_.take(',') && !read_text(task.result)) return false;
    if (!text_.take(']') || place < 0 || static_cast<std::uint64_t>(place) >= places_.size()) return false;
    task.known.place = places_[static_cast<std::size_t>(place)];
    task.known.started_ns = sum(head_.started_ns, started);
    task.known.queued_ns = difference(task.known.started_ns, sum(head_.ready_ns, ready));
    return true;
  }

 private:
  bool read_key(SpanTask& task) {
    std::int64_t key = 0;
    if (!text_.read(key)) return false;
    task.key = static_cast<std::uint64_t>(key);
    return true;
  }

  bool read_item(Piece& item) {
    if (text_.next() == '"') return read_text(item);
    std::int64_t number = 0;
    if (!text_.read(number)) return false;
    set_item(item, number);
    return true;
  }

  bool read_text(Piece& piece) {
    piece.at = static_cast<std::uint32_t>(texts_.size());
    if (!text_.read_quoted(texts_)) return false;
    piece.size = static_cast<std::uint32_t>(texts_.size()) - piece.at;
    return true;
  }

  void set_item(Piece& item, std::int64_t number) {
    std::array<char, 24> digits;
    item.at = static_cast<std::uint32_t>(texts_.size());
    texts_.append(digits.data(), put(digits.data(), number));
    item.size = static_cast<std::uint32_t>(texts_.size()) - item.at;
  }

  const SpanHead& head_;
  Parser text_;
  const std::vector<std::int64_t>& places_;
  std::string& texts_;
};

bool SpanTasks::read(const SpanHead& head, std::uint64_t count, std::string_view places, std::string_view tasks) {
  tasks_.clear();
  texts_.clear();
  if (!read_places(places)) return false;
  TaskReader reader(head, tasks, places_, texts_);
  Parser& text = reader.text();
  if (!text.take('[')) return false;
  do {
    const auto i = static_cast<std::int64_t>(tasks_.size());
    if (!reader.read(tasks_.emplace_back(), i)) return false;
  } while (text.take(','));
  return text.take(']') && text.at_end() && tasks_.size() == count;
}

bool SpanTasks::read_places(std::string_view places) {
  places_.clear();
  Parser text(places);
  if (!text.take('[')) return false;
  do {
    if (!text.read(places_.emplace_back())) return false;
  } while (text.take(','));
  return text.take(']') && text.at_end();
}

SpanTask SpanTasks::at(std::size_t i) const {
  const Task& task = tasks_[i];
  SpanTask known = task.known;
  known.item = std::string_view(texts_).substr(task.item.at, task.item.size);
  known.result = std::string_view(texts_).substr(task.result.at, task.result.size);
  return known;
}

}  // namespace ropewalk::record
