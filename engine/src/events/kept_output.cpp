#include <ropewalk/kept_output.hpp>

#include <algorithm>

namespace ropewalk {

std::string_view stream_name(OutputStream stream) {
  return stream == OutputStream::out ? "stdout" : stream == OutputStream::err ? "stderr" : "output";
}

void KeptOutput::append(std::vector<Chunk>& chunks, std::uint64_t offset, std::string_view text) {
  // Consecutive pieces of one stream form one chunk, however small they are.
  if (!chunks.empty() && chunks.back().order + 1 == next_ && chunks.back().offset + chunks.back().text.size() == offset)
    chunks.back().text += text;
  else
    chunks.push_back({next_++, offset, std::string(text)});
}

/// Drops the bytes from `offset` on, which are about to be replaced. The head stays, because it is only ever replaced
/// by the same bytes.
void KeptOutput::forget_from(Kept& kept, std::uint64_t offset) {
  while (!kept.tail.empty() && kept.tail.back().offset + kept.tail.back().text.size() > offset) {
    Chunk& last = kept.tail.back();
    const std::size_t stays = last.offset < offset ? offset - last.offset : 0;
    kept.tail_bytes -= last.text.size() - stays;
    last.text.resize(stays);
    if (stays == 0) kept.tail.pop_back();
  }
}

/// Shortens the tail to its last `bytes`.
void KeptOutput::cut(Kept& kept, std::size_t bytes) {
  auto first = kept.tail.begin();
  while (kept.tail_bytes > bytes) {
    const std::size_t gone = std::min(first->text.size(), kept.tail_bytes - bytes);
    kept.tail_bytes -= gone;
    if (gone == first->text.size()) {
      ++first;
    } else {
      first->text.erase(0, gone);
      first->offset += gone;
    }
  }
  kept.tail.erase(kept.tail.begin(), first);
}

void KeptOutput::put(OutputStream stream, std::uint64_t offset, std::string_view text) {
  Kept& kept = kept_[static_cast<std::size_t>(stream)];
  if (offset < kept.head_end) {
    text.remove_prefix(std::min<std::uint64_t>(text.size(), kept.head_end - offset));
    offset = kept.head_end;
  }
  if (text.empty()) return;
  if (offset < kept.end) forget_from(kept, offset);
  kept.end = std::max(kept.end, offset + text.size());
  if (offset == kept.head_end && kept.head_end < kHead) {
    const std::string_view first = text.substr(0, kHead - kept.head_end);
    append(kept.head, offset, first);
    kept.head_end = offset += first.size();
    text.remove_prefix(first.size());
  }
  if (text.size() > kTail) offset += text.size() - kTail, text.remove_prefix(text.size() - kTail);
  if (text.empty()) return;
  append(kept.tail, offset, text);
  kept.tail_bytes += text.size();
  // Do not cut after each piece, because that would move the whole tail by a few bytes each time.
  if (kept.tail_bytes > 2 * kTail) cut(kept, kTail);
}

bool KeptOutput::empty() const {
  return std::all_of(kept_.begin(), kept_.end(), [](const Kept& kept) { return kept.end == 0; });
}

KeptStream KeptOutput::of(OutputStream stream) const {
  Kept kept = at(stream);
  cut(kept, kTail);
  KeptStream out{.bytes = kept.end, .head = {}, .tail = {}};
  for (const Chunk& chunk : kept.head) out.head += chunk.text;
  for (const Chunk& chunk : kept.tail) out.tail += chunk.text;
  return out;
}

std::vector<KeptOutput::Piece> KeptOutput::pieces() const {
  struct Placed {
    std::uint64_t order;
    Piece piece;
  };
  std::vector<Placed> all;
  for (std::size_t i = 0; i < kStreams; ++i) {
    Kept kept = kept_[i];
    cut(kept, kTail);
    std::uint64_t end = 0;
    const auto take = [&](Chunk& chunk) {
      all.push_back({chunk.order, {static_cast<OutputStream>(i), chunk.offset - end, std::move(chunk.text)}});
      end = chunk.offset + all.back().piece.text.size();
    };
    for (Chunk& chunk : kept.head) take(chunk);
    for (Chunk& chunk : kept.tail) take(chunk);
    if (end < kept.end) all.push_back({next_, {static_cast<OutputStream>(i), kept.end - end, {}}});
  }
  std::stable_sort(all.begin(), all.end(), [](const Placed& a, const Placed& b) { return a.order < b.order; });
  std::vector<Piece> pieces;
  pieces.reserve(all.size());
  for (Placed& placed : all) pieces.push_back(std::move(placed.piece));
  return pieces;
}

}  // namespace ropewalk
