#pragma once
// The bounded output of one attempt: for each stream its length, its first 32 KiB and its last 32 KiB, in the order in
// which the pieces arrived. A value. Does not know the source or the display of the bytes.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// Where a piece of output was written.
enum class OutputStream : std::uint8_t {
  process = 0,  ///< output of the task's own process: standard output and error in one
  out = 1,      ///< standard output of its commands
  err = 2,      ///< standard error of its commands
};
/// "output", "stdout", "stderr": the keys in JSON.
std::string_view stream_name(OutputStream stream);

/// The kept part of one stream.
struct KeptStream {
  std::uint64_t bytes = 0;  ///< total bytes written
  std::string head = {};    ///< its first bytes, at most KeptOutput::kHead
  std::string tail = {};    ///< its last bytes, at most KeptOutput::kTail; none that are in `head`
  /// Whether all of it was kept.
  bool whole() const { return head.size() + tail.size() == bytes; }
};

/// The output of one attempt. Grows with put() and add(), within its limits. Not thread-safe.
class KeptOutput {
 public:
  static constexpr std::size_t kStreams = 3;      ///< how many there are
  static constexpr std::size_t kHead = 32 << 10;  ///< bytes of each stream that are kept from its beginning
  static constexpr std::size_t kTail = 32 << 10;  ///< bytes of each stream that are kept from its end

  /// Adds a piece that begins at `offset` of its stream. Pieces may leave gaps, which count as written but are not
  /// kept. Pieces may overlap kept bytes; the newer piece then replaces the end of the stream.
  void put(OutputStream stream, std::uint64_t offset, std::string_view text);
  /// Adds the next piece.
  void add(OutputStream stream, std::string_view text) { put(stream, bytes(stream), text); }

  /// Whether nothing was written.
  bool empty() const;
  /// Returns how many bytes were written to a stream, kept or not.
  std::uint64_t bytes(OutputStream stream) const { return at(stream).end; }
  /// Returns what was kept of a stream.
  KeptStream of(OutputStream stream) const;

  /// A part of one stream.
  struct Piece {
    OutputStream stream;     ///< of which stream
    std::uint64_t left_out;  ///< bytes of the stream before this piece that were not kept
    std::string text;        ///< may begin and end within a line
  };
  /// All kept pieces, in the order of arrival.
  std::vector<Piece> pieces() const;

 private:
  struct Chunk {
    std::uint64_t order;   // of arrival, across all streams
    std::uint64_t offset;  // in the stream
    std::string text;
  };
  struct Kept {
    std::vector<Chunk> head, tail;
    std::uint64_t head_end = 0, end = 0;  // offsets
    std::size_t tail_bytes = 0;
  };
  const Kept& at(OutputStream stream) const { return kept_[static_cast<std::size_t>(stream)]; }
  void append(std::vector<Chunk>& chunks, std::uint64_t offset, std::string_view text);
  static void forget_from(Kept& kept, std::uint64_t offset);
  static void cut(Kept& kept, std::size_t bytes);

  std::array<Kept, kStreams> kept_;
  std::uint64_t next_ = 0;  // order
};

}  // namespace ropewalk
