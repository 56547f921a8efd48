#pragma once
// The messages between the engine and the warden: small fixed heads, then text, with descriptors attached.
//
//   engine -> warden   spawn host {argv, env}, output, descriptors for 3, 4, ...     signal host {number}
//                      freeze, thaw: all hosts, and those that are spawned in between
//                      zygote host, fork_log     groups {a folder of control groups, to be removed at the end}
//                      farewell
//                      ask {number}
//   warden -> engine   spawned host {pid}, pidfd     failed host {errno, text}     answer {number}
//                      died host {pid, status, usage, text: descendants that could not be killed}
//                      spawned host {pid}            for each living child of a zygote, before that zygote's `died`
//   zygote -> warden   ForkRecord                    over the pipe `fork_log`, twice per child

#include "base/postbox.hpp"

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk::warden_wire {

/// Second argument on the warden's command line, after the socket: create a working folder for hosts, and remove it at
/// the end.
inline constexpr std::string_view kScratchFolder = "scratch-folder";

inline constexpr std::uint32_t kMagic = 0x44525752;  // "RWRD"

enum class Type : std::uint32_t {
  spawn = 1,
  signal,
  spawned,
  failed,
  died,
  freeze,
  thaw,
  zygote,
  farewell,
  groups,
  ask,
  answer
};

struct Head {
  std::uint32_t magic = kMagic;
  Type type{};
  std::uint64_t host = 0;
  std::int32_t pid = 0;
  std::int32_t status = 0;          ///< wait status, errno, signal to send, or number of a question
  std::uint32_t has_output = 0;     ///< spawn: the first descriptor becomes 1 and 2
  std::uint32_t text_in_memfd = 0;  ///< the last descriptor contains the text
  std::uint64_t text_size = 0;
  std::uint64_t left_behind = 0;  ///< died: number of its processes that were still running, if it ended by itself
  rusage usage{};
};

/// A zygote sends it before a fork with pid 0, and after the fork with the child's pid, or -1 if the fork failed. The
/// warden can thus always find out whether an unknown child is a host; see warden/fork_log.hpp.
struct ForkRecord {
  std::uint32_t magic = kMagic;
  std::int32_t pid = 0;
  std::uint64_t host = 0;
};

/// A program and its command line: three lists of NUL-terminated strings in one text, the first of one string.
struct Command {
  std::string program;
  std::vector<std::string> argv;
  std::vector<std::string> env;
};
std::string encode(const Command& command);
std::optional<Command> decode_command(std::string_view text);

struct Received {
  Head head;
  std::string text;
  std::vector<Fd> fds;
  bool fds_lost = false;  ///< the message had descriptors, but this process had no free ones
};

/// Waits for the peer as send_message() does.
bool send(int socket, Head head, std::string_view text, std::span<const int> fds = {},
          const std::function<bool()>& wait_on = {});
/// Does not block on the peer.
bool send(Postbox& postbox, Head head, std::string_view text, std::span<const int> fds = {});
/// An invalid message counts as closed.
ropewalk::Received receive(int socket, Received& received, bool wait);

}  // namespace ropewalk::warden_wire
