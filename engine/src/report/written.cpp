#include "report/written.hpp"

#include "base/text.hpp"
#include "report/numbers.hpp"

#include <ropewalk/value.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace ropewalk {
namespace {

constexpr std::size_t kMaxLineBytes = 1000;   // displayed bytes
constexpr std::size_t kMaxCharacterRest = 3;  // bytes of a character that a cut may leave

/// Removes a partial character at the cut end of a text.
std::string_view without_cut_end(std::string_view head) {
  const std::size_t good = utf8_prefix(head);
  return head.size() - good <= kMaxCharacterRest ? head.substr(0, good) : head;
}
std::string_view without_cut_begin(std::string_view tail) {
  for (std::size_t i = 0; i < kMaxCharacterRest && !tail.empty() && (tail.front() & 0xC0) == 0x80; ++i)
    tail.remove_prefix(1);
  return tail;
}

std::string shown(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  // Show what a terminal would show of a line that a program has overwritten repeatedly.
  if (const std::size_t again = line.find_last_of('\r'); again != std::string_view::npos) line.remove_prefix(again + 1);
  if (line.size() <= kMaxLineBytes) return escape_for_display(line);
  return escape_for_display(line.substr(0, kMaxLineBytes)) +
         fmt::format("... ({} more bytes)", line.size() - kMaxLineBytes);
}

/// Lines of several streams that arrive in pieces.
class Lines {
 public:
  void take(const KeptOutput::Piece& piece) {
    std::string& begun = begun_[static_cast<std::size_t>(piece.stream)];
    if (piece.left_out != 0) {
      end(begun);
      all.push_back(
          fmt::format("... {} bytes of {} were not kept ...", grouped(piece.left_out), stream_name(piece.stream)));
    }
    for (std::string_view text = piece.text; !text.empty();) {
      const std::size_t size = std::min(text.find('\n'), text.size());
      begun += text.substr(0, size);
      if (size == text.size()) return;
      all.push_back(shown(begun));
      begun.clear();
      text.remove_prefix(size + 1);
    }
  }
  void end() {
    for (std::string& begun : begun_) end(begun);
  }
  std::vector<std::string> all;

 private:
  void end(std::string& begun) {
    if (!begun.empty()) all.push_back(shown(begun));
    begun.clear();
  }
  std::array<std::string, KeptOutput::kStreams> begun_;
};

}  // namespace

std::string prefixed_lines(std::string_view prefix, std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    fmt::format_to(std::back_inserter(out), "{} | {}\n", prefix, escape_for_display(line));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string log_lines(std::string_view stage, std::uint64_t index, LogLevel level, std::string_view text) {
  static constexpr const char* kLevels[] = {"debug: ", "", "warning: ", "error: "};
  const std::string line = kLevels[static_cast<std::size_t>(level)] + std::string(text);
  return prefixed_lines(fmt::format("{}/{}", stage, index), std::string_view(line).substr(0, kKeptLogBytes));
}

void append_stream_json(std::string& out, const KeptStream& stream) {
  if (stream.whole()) return append_json(out, Value(stream.head + stream.tail));
  out += "{\"bytes\": ";
  append_json_count(out, stream.bytes);
  out += ", \"head\": ";
  append_json(out, Value(without_cut_end(stream.head)));
  out += ", \"tail\": ";
  append_json(out, Value(without_cut_begin(stream.tail)));
  out += '}';
}

void append_output_members(std::string& out, const KeptOutput& output) {
  for (const OutputStream stream : {OutputStream::out, OutputStream::err, OutputStream::process}) {
    if (output.bytes(stream) == 0) continue;
    fmt::format_to(std::back_inserter(out), ", \"{}\": ", stream_name(stream));
    append_stream_json(out, output.of(stream));
  }
}

void append_written_lines(std::string& out, const KeptOutput& output, std::string_view message,
                          const WrittenStyle& style) {
  Lines lines;
  for (const KeptOutput::Piece& piece : output.pieces())
    if (style.err || piece.stream != OutputStream::err) lines.take(piece);
  lines.end();
  if (lines.all.size() == 1 && message.ends_with(lines.all.front())) return;
  const std::size_t most = std::max<std::size_t>(style.lines, 2), all = lines.all.size();
  const std::size_t first = all <= most ? all : most / 2, last = all <= most ? 0 : most - first;
  for (std::size_t i = 0; i < first; ++i) fmt::format_to(std::back_inserter(out), "      | {}\n", lines.all[i]);
  if (all > most)
    fmt::format_to(std::back_inserter(out), "      ... {}, {}\n", counted(all - most, "more line"), style.more);
  for (std::size_t i = all - last; i < all; ++i) fmt::format_to(std::back_inserter(out), "      | {}\n", lines.all[i]);
}

}  // namespace ropewalk
