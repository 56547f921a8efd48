#include "host/command_output.hpp"

#include "base/text.hpp"
#include "host/limits.hpp"

#include <ropewalk/kept_output.hpp>
#include <ropewalk/sdk/abi.h>

#include <algorithm>

namespace ropewalk::host {
namespace {

constexpr std::size_t kGlimpse = 8 << 10;  // minimum of bytes of a long piece that are shown
static_assert(ROPEWALK_STREAM_OUT == static_cast<int>(OutputStream::out) &&
              ROPEWALK_STREAM_ERR == static_cast<int>(OutputStream::err));

/// Returns false if it was dropped.
bool report(board::WorkerLane& lane, board::RecordHead head, std::int32_t stream, std::uint64_t offset,
            std::string_view text, bool may_drop) {
  head.code = static_cast<std::uint32_t>(stream);
  for (; !text.empty(); text.remove_prefix(std::min<std::size_t>(text.size(), lane.max_inline_payload()))) {
    const std::string_view part = text.substr(0, lane.max_inline_payload());
    head.start = offset;
    if (!lane.report(head, part, may_drop)) return false;
    offset += part.size();
  }
  return true;
}

}  // namespace

std::optional<std::string> CommandOutput::write(std::int32_t stream, std::string_view piece,
                                                std::uint64_t limit_bytes) {
  if (piece.size() > limit_bytes - total_)
    return "the task wrote more than its limit of " + size_text(limit_bytes) +
           " to standard output and error (limits.output)";
  Stream& into = streams_[static_cast<std::size_t>(stream - 1)];
  std::optional<FileLimitLifted> lifted;  // the file is the host's, not the task's
  if (into.spool.writes(piece.size())) lifted.emplace();
  into.spool.append(piece);
  if (!into.spool.failed().empty()) return "the output of its command cannot be kept: " + into.spool.failed();
  into.size += piece.size();
  total_ += piece.size();
  return std::nullopt;
}

void CommandOutput::show(board::WorkerLane& lane, board::RecordHead head, std::int32_t stream, std::string_view piece) {
  Stream& of = streams_[static_cast<std::size_t>(stream - 1)];
  std::uint64_t offset = of.size - piece.size();
  const bool whole = stream == ROPEWALK_STREAM_ERR || offset < KeptOutput::kHead;
  if (!whole && piece.size() > kGlimpse)
    offset += piece.size() - kGlimpse, piece.remove_prefix(piece.size() - kGlimpse);
  if (!report(lane, head, stream, offset, piece, !whole)) return;
  if (offset != of.shown_to) of.shown_from = offset;
  of.shown_to = of.size;
}

void CommandOutput::show_ends(board::WorkerLane& lane, board::RecordHead head) const {
  for (std::int32_t stream = 1; stream <= kStreams; ++stream) {
    const Stream& kept = of(stream);
    const std::uint64_t from = kept.size - std::min<std::uint64_t>(kept.size, KeptOutput::kTail);
    if (kept.shown_to == kept.size && kept.shown_from <= from) continue;
    std::string end(kept.size - from, '\0');
    if (kept.spool.copy(from, end.size(), end.data())) report(lane, head, stream, from, end, false);
  }
}

}  // namespace ropewalk::host
