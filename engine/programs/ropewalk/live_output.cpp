#include "live_output.hpp"

#include <algorithm>
#include <utility>

namespace ropewalk::cli {
namespace {

constexpr std::string_view kBeginPaint = "\x1b[?25l\x1b[?7l", kEndPaint = "\x1b[?7h\x1b[?25h";
constexpr std::string_view kEraseRestOfLine = "\x1b[K", kEraseBelow = "\x1b[J";

}  // namespace

std::optional<std::int64_t> LiveOutput::due_ns() const {
  if (text_.empty() && wanted_ == painted_) return std::nullopt;
  const bool at_once = wanted_.empty() || text_.size() >= kManyBytes;
  return at_once ? painted_ns_ : painted_ns_ + kRepaintNs;
}

std::string LiveOutput::take(std::int64_t now_ns, TerminalSize size) {
  std::string out;
  const bool paints = !wanted_.empty() && now_ns - painted_ns_ >= kRepaintNs;
  // A frame alone is painted over the old one, without an erased screen in between. Not after a resize: terminals that
  // wrap lines anew remember which ones belong together until these are erased.
  const bool over = paints && text_.empty() && size == size_;
  if (!painted_.empty() && !over) {
    out += kErase;
    painted_.clear();
  }
  if (!text_.empty()) in_line_ = text_.back() != '\n';
  out += std::exchange(text_, {});
  if (!paints) return out;
  if (std::exchange(in_line_, false)) out += "\r\n";
  size_ = size;
  paint(out);
  painted_ns_ = now_ns;
  return out;
}

void LiveOutput::paint(std::string& out) {
  const std::size_t lines = std::min<std::size_t>(wanted_.size(), std::max(size_.lines, 2u) - 1);
  out.append(kBeginPaint).append("\r");
  for (std::size_t i = 0; i < lines; ++i) out.append(i == 0 ? "" : "\r\n").append(wanted_[i]).append(kEraseRestOfLine);
  out += kEraseBelow;
  if (lines > 1) out += "\x1b[" + std::to_string(lines - 1) + "A";
  out.append("\r").append(kEndPaint);
  painted_ = wanted_;
}

}  // namespace ropewalk::cli
