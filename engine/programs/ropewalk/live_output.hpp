#pragma once
// What a terminal receives: permanent text, and below it a frame of lines that is painted again and again. Composes
// the bytes of each write, and decides when the next one is due. Knows no descriptor, no clock and no thread.
//
// After a write the cursor is at the start of the frame's first line. Terminals keep it there when they are resized,
// whether they wrap long lines anew or cut them. So what follows the cursor is exactly the frame, and nothing of it is
// left behind. While the frame is painted the cursor is hidden and lines do not wrap; both end within the same write.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk::cli {

struct TerminalSize {
  unsigned columns = 80, lines = 24;
  bool operator==(const TerminalSize&) const = default;
};

class LiveOutput {
 public:
  static constexpr std::int64_t kRepaintNs = 100'000'000;  ///< from one paint of the frame to the next, at least
  static constexpr std::size_t kManyBytes = 64 << 10;      ///< so much text does not wait for the next paint

  /// Bytes of permanent text, ready for the terminal. While a frame is shown, they wait for its next paint.
  void add(std::string_view text) { text_ += text; }
  /// Replaces the frame. The lines are ready for the terminal. Empty: there is none any more.
  void show(std::vector<std::string> lines) { wanted_ = std::move(lines); }

  /// When take() should be called; empty: there is nothing to write. The past: now.
  std::optional<std::int64_t> due_ns() const;
  /// The next write: erases the frame, adds the text, and paints the frame if that is due. A line of text without an
  /// end is ended before a frame follows. Lines that do not fit into the terminal are omitted.
  std::string take(std::int64_t now_ns, TerminalSize size);

  std::size_t waiting_bytes() const { return text_.size(); }
  bool is_painted() const { return !painted_.empty(); }

  /// Erases the frame, wherever take() has left the cursor.
  static constexpr std::string_view kErase = "\r\x1b[J";

 private:
  void paint(std::string& out);

  std::string text_;
  std::vector<std::string> wanted_, painted_;
  std::int64_t painted_ns_ = -kRepaintNs;
  TerminalSize size_;     // when the frame was painted
  bool in_line_ = false;  // the last line of text has no end
};

}  // namespace ropewalk::cli
