#pragma once
// What the processes of one attempt write, as its plugin hands it over: each stream whole, in memory while it is short
// and then in a file without a name, both together within a limit. On the task's thread.
//
// The engine is shown standard error whole and as it comes, and of standard output, which is a result, the beginning
// and what it has time for; show_ends() makes up for the rest where the task fails.

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

  /// Nothing: it was taken. Else why the attempt fails; `limit_bytes` holds for all streams together.
  std::optional<std::string> write(std::int32_t stream, std::string_view piece, std::uint64_t limit_bytes);
  /// Shows the engine the piece that was just written. `head`: an output record of the attempt.
  void show(board::WorkerLane& lane, board::RecordHead head, std::int32_t stream, std::string_view piece);
  /// Shows it the end of each stream that it does not have yet.
  void show_ends(board::WorkerLane& lane, board::RecordHead head) const;
  std::uint64_t size(std::int32_t stream) const { return of(stream).size; }
  /// False if it cannot be read.
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
