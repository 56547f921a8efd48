#include "page/task_texts.hpp"

#include "history/task_story.hpp"
#include "report/numbers.hpp"

#include <ropewalk/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace ropewalk::page {
namespace {

constexpr std::size_t kMessageBytes = 4 << 10, kEvidenceBytes = 16 << 10, kValueBytes = 4 << 10, kLineBytes = 1 << 10;
constexpr std::size_t kLogLines = 100;  // of an attempt

constexpr std::array kStreams{std::pair(OutputStream::out, "Standard output"),
                              std::pair(OutputStream::err, "Standard error"),
                              std::pair(OutputStream::process, "Output of the process")};

/// The longest start of the text of at most so many bytes that ends between two characters.
std::string_view head_of(std::string_view text, std::size_t bytes) {
  std::size_t end = std::min(bytes, text.size());
  for (int i = 0; i < 3 && end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80; ++i)
    --end;
  return text.substr(0, end);
}
std::string_view tail_of(std::string_view text, std::size_t bytes) {
  std::size_t start = text.size() - std::min(bytes, text.size());
  for (int i = 0; i < 3 && start > 0 && start < text.size() && (static_cast<unsigned char>(text[start]) & 0xC0) == 0x80;
       ++i)
    ++start;
  return text.substr(start);
}

Output output_of(const KeptStream& stream, const char* name, std::size_t bytes) {
  if (stream.whole() && stream.head.size() + stream.tail.size() <= 2 * bytes)
    return {.name = name, .head = stream.head + stream.tail, .tail = {}};
  Output output{.name = name, .head = std::string(head_of(stream.head, bytes)), .tail = {}};
  const std::string_view rest = std::string_view(stream.head).substr(output.head.size());
  output.tail = tail_of(stream.tail.empty() ? rest : std::string_view(stream.tail), bytes);
  output.left_out = stream.bytes - output.head.size() - output.tail.size();
  return output;
}

AttemptTexts texts_of(const RecordedAttempt& attempt, const RecordedTask& task) {
  AttemptTexts texts{.about = attempt, .log = {}, .output = {}};
  texts.about.message = shortened(attempt.message, kMessageBytes);
  texts.about.evidence = shortened(attempt.evidence, kEvidenceBytes);
  texts.about.item.clear();
  texts.about.result.clear();
  for (const RecordedLine& each : task.lines)
    if (each.attempt == attempt.attempt && texts.log.size() < kLogLines) {
      texts.log.push_back(each);
      texts.log.back().text = shortened(each.text, kLineBytes);
    }
  return texts;
}

std::size_t size_of(const AttemptTexts& texts) {
  std::size_t bytes = texts.about.message.size() + texts.about.evidence.size();
  for (const RecordedLine& each : texts.log) bytes += each.text.size();
  return bytes;
}

}  // namespace

std::string shortened(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  return fmt::format("{}... ({} bytes in all)", head_of(text, bytes), grouped(text.size()));
}

std::string readable_json(std::string_view json, std::size_t bytes) {
  std::string problem;
  const auto value = value_from_json(json, problem);
  const std::string* text = value ? value->as_text() : nullptr;
  return shortened(text ? std::string_view(*text) : json, bytes);
}

Result<void> read_texts(Run& run, const Record& record, const TaskPlaces& wanted, const Limits& limits) {
  std::size_t bytes = 0;
  for (const auto& [stage, index] : wanted) {
    const auto known = record.task(stage, index);
    if (!known) return known.error();
    if (known->attempts.empty()) continue;
    const RecordedAttempt& last = known->attempts.back();
    Task& task = run.tasks.emplace_back();
    task.stage = stage;
    task.index = index;
    task.failed = is_failure(last.outcome);
    task.item = last.item.empty() ? std::string() : readable_json(last.item, kValueBytes);
    if (bytes < limits.text_bytes) task.result = shortened(last.result, kValueBytes);
    bytes += task.item.size() + task.result.size();
    for (const RecordedAttempt& attempt : known->attempts) {
      AttemptTexts& texts = task.attempts.emplace_back(texts_of(attempt, *known));
      bytes += size_of(texts);
      const KeptOutput output = ropewalk::output_of(*known, attempt.attempt);
      std::size_t kept = 0;
      for (const auto& [stream, name] : kStreams)
        if (output.of(stream).bytes > 0) {
          texts.output.push_back(output_of(output.of(stream), name, limits.output_bytes));
          kept += texts.output.back().head.size() + texts.output.back().tail.size();
        }
      if (kept > 0 && bytes + kept > limits.text_bytes) {
        texts.output.clear();
        ++run.left_out.outputs;
        continue;
      }
      bytes += kept;
    }
  }
  return {};
}

}  // namespace ropewalk::page
