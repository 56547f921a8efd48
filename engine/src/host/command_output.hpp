#pragma once
// The output of the processes of one attempt, as its plugin passes it. Each stream is kept completely: in memory while
// it is short, then in a file without a name. One limit applies to both together. On the task's thread.
//
// The engine receives all of standard error at once. Of standard output, which is a result, it receives the beginning,
// and more if it keeps up. If the task fails, show_ends() sends the ends.

#include "base/spool.hpp"
#include "protocol/worker_lane.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ropewalk::host {

class CommandOutput {
 public:
  static constexpr std::int32_t kStreams = 2;  ///< ROPEWALK_STREAM_OUT and ROPEWALK_STREAM_ERR

  static bool is_stream(std::int32_t stream) { return stream >= 1 && stream <= kStreams; }

  /// Returns nothing on success, otherwise why the attempt fails. `limit_bytes` applies to all streams together.
  std::optional<std::string> write(std::int32_t stream, std::string_view piece, std::uint64_t limit_bytes);
  /// Sends the piece that was just written to the engine. `head`: an output record of the attempt.
  void show(board::WorkerLane& lane, board::RecordHead head, std::int32_t stream, std::string_view piece);
  /// Sends the end of each stream that the engine does not have yet.
  void show_ends(board::WorkerLane& lane, board::RecordHead head) const;
  std::uint64_t size(std::int32_t stream) const { return of(stream).size; }
  /// Returns false if it cannot be read.
  bool copy(std::int32_t stream, std::uint64_t offset, std::uint64_t size, char* into) const {
    return of(stream).spool.copy(offset, size, into);
  }

 private:
  struct Stream {
    Spool spool;
    std::uint64_t size = 0;
    std::uint64_t shown_from = 0, shown_to = 0;  // the last stretch without a gap that the engine has
  };
  const Stream& of(std::int32_t stream) const { return streams_[static_cast<std::size_t>(stream - 1)]; }

  std::array<Stream, kStreams> streams_;
  std::uint64_t total_ = 0;
};

}  // namespace ropewalk::host
