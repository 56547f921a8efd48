#pragma once
// Starts one host process. The only file that includes Boost.Process.

#include "base/fd.hpp"
#include "protocol/host_mark.hpp"
#include "protocol/warden_messages.hpp"
#include "warden/shield.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <sys/types.h>

#include <string>
#include <vector>

namespace ropewalk::warden {

struct Spawned {
  pid_t pid = 0;
  int error = 0;     ///< errno if pid is 0
  std::string text;  ///< the cause, as text for people
};

/// What a host gets from the warden besides its command.
struct Upbringing {
  const Shield& shield;  ///< what it refuses, the host cannot do
  const HostMark& mark;
  std::uint64_t host;  ///< the number that it is marked with
};

/// The process gets a group of its own, dies with this one, has default signals, /dev/null as input, `output` as 1 and
/// 2 (-1: /dev/null) and `fds` as 3, 4, ...; nothing else is open in it.
Spawned spawn(const boost::asio::any_io_executor& executor, const Upbringing& upbringing,
              const warden_wire::Command& command, int output, const std::vector<Fd>& fds);

}  // namespace ropewalk::warden
