#pragma once
// Starts one host process. The only place that includes Boost.Process.

#include "base/fd.hpp"
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
  std::string text;  ///< why, for a person
};

/// The process gets a group of its own, dies with this one, has default signals, /dev/null as input, `output` as 1 and
/// 2 (-1: /dev/null) and `fds` as 3, 4, ...; nothing else is open in it. What `shield` refuses, it cannot do.
Spawned spawn(const boost::asio::any_io_executor& executor, const Shield& shield, const warden_wire::Command& command, int output, const std::vector<Fd>& fds);

}  // namespace ropewalk::warden
