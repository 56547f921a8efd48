#pragma once
// The messages between the engine and a host on their socket: setup, and data too large for the board. Tasks and their
// results go over the board.
//
//   host -> engine   hello {the plugin's description} | refused {code, message}      once, after loading
//                    blob number {offset size of the result in it}, memfd            before the record that names it
//                    not_forked number {why}         from a zygote: that host will not start
//                    workers number {why}            no more than that many threads could be started
//   engine -> host   board {layout, ...}, memfds     once
//                    stage {...} number, memfds      before the items that name it, if it is not a notice on the board
//                    blob number, memfds: contain parameters      before the item that names it
//                    end
//                    zygote, fork_log                instead of board: from now on it only forks
//                    fork number {as board}, socket, output, inbox, outbox, bell     number: of the new host

#include "base/postbox.hpp"
#include "protocol/fields.hpp"
#include "protocol/board_layout.hpp"

#include <ropewalk/value.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ropewalk::wire {

inline constexpr std::uint32_t kMagic = 0x4B575052;  // "RPWK"
inline constexpr std::uint32_t kVersion = 5;

enum class Type : std::uint32_t { hello = 1, refused, board, stage, blob, end, zygote, fork, not_forked, workers };

/// Exit code of a host that could not start a single worker.
inline constexpr int kExitNoThread = 71;
inline constexpr int kExitCloseHangs = 73;

struct Head {
  std::uint32_t magic = kMagic;
  std::uint32_t version = kVersion;
  Type type{};
  std::uint32_t body_in_memfd = 0;  ///< 1: the last descriptor contains the body
  std::uint64_t number = 0;         ///< of a stage, a blob or a host; in hello: number of threads after loading
  std::uint64_t size = 0;           ///< of the body
};

/// The body of `board`. Descriptors: inbox, outbox, bell, and if present the door of its memory group and a pipe.
struct BoardSetup {
  board::Layout layout;
  std::uint32_t tsc = 0;              ///< 1: timestamps are the cycle counter
  std::uint32_t thread_per_task = 0;  ///< 1: every task gets its own thread
  std::uint64_t reading_cycles = 0;   ///< cycles between two readings of the CPU clock: 20 us
  std::uint64_t memory_bytes = 0;     ///< RLIMIT_DATA; 0: none
  std::uint64_t held_bytes = 0;       ///< limits.memory, for all its workers together; 0: none
  std::uint64_t file_bytes = 0;       ///< RLIMIT_FSIZE while a task runs; 0: none
  std::uint64_t output_bytes = 0;     ///< limit on the output of one attempt's commands
  std::uint64_t print_bytes = 0;      ///< output limit of a task that is alone in its process; 0: none
  std::uint64_t pipes_output = 0;     ///< 1: descriptors 1 and 2 become a pipe, whose write end is the last descriptor
};

/// The body of `stage`, as an encoded Value.
struct StageSetup {
  std::uint32_t task_type = 0;
  std::string stage, run_id;
  std::string constants;               ///< fields of all positions; the varying ones are absent
  std::vector<std::uint32_t> varying;  ///< positions, ascending
  std::int64_t timeout_ns = 0;         ///< of an attempt; 0: none
  bool rests_after_failure = false;    ///< after a failure, a worker waits until the engine has read it
  std::int64_t first_index = 0;        ///< what its first task reads as its index
  bool awaits_debugger = false;        ///< a worker waits for one before its first task
  board::Blobs blobs = {};             ///< contain large constants; sent as descriptors

  bool operator==(const StageSetup&) const = default;
};
std::string encode(const StageSetup& setup);
std::optional<StageSetup> decode_stage(std::string_view bytes);

struct Received {
  Type type{};
  std::uint64_t number = 0;
  std::string body;
  std::vector<Fd> fds;
};

/// Sends head and body. A body too large for a message is sent in a memfd. Returns false if the peer is gone.
bool send(int socket, Type type, std::uint64_t number, std::string_view body, std::span<const int> fds = {});
/// Does not block on the peer.
bool send(Postbox& postbox, Type type, std::uint64_t number, std::string_view body, std::span<const int> fds = {});

/// The limits of a message from a host.
struct Bound {
  std::uint64_t max_bytes = 0;  ///< of the body
  bool in_memfd = false;        ///< the body may be in a memfd
  std::size_t fds = 0;          ///< exactly this many further descriptors
};
/// Empty if a host may not send this type.
std::optional<Bound> bound_of(Type type);

enum class Got { message, nothing, closed, nonsense, forbidden };
/// Validates everything. A message of another version or without the magic number is invalid.
Got receive(int socket, Received& received, bool wait);
/// For the engine, which does not trust hosts. Does not block. Nothing is allocated or mapped for a message that
/// exceeds its bound. Such a message is rejected, and so is a body in memory that the host could still change.
Got receive_from_host(int socket, Received& received);

/// The message `fork`. The reader must close its descriptors.
struct ForkRequest {
  std::uint64_t host = 0;  ///< 0: another message was received
  BoardSetup setup;
  std::size_t fd_count = 0;
  std::array<int, kMaxMessageFds> fds;
};
/// For a single-threaded zygote: waits for a message. A `fork` is stored in `request` without allocation, because the
/// kernel copies each page written after a fork. Any other message is stored in `received`.
Got receive_fork(int socket, ForkRequest& request, Received& received);

}  // namespace ropewalk::wire
