#pragma once
// The parent of every host: starts them, reports each death once, and leaves no process behind, however the engine
// ends. Single-threaded; its loop is Boost.Asio. It knows nothing of plugins, boards or tasks.

#include "base/fd.hpp"
#include "hosts/wire_warden.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>

#include <sys/types.h>

#include <cstdint>
#include <map>

namespace ropewalk::warden {

class Warden {
 public:
  /// `engine` is the socket to the engine, whose process is this one's parent.
  explicit Warden(Fd engine);
  /// Until the engine is gone and no descendant is left.
  void run();

 private:
  void listen();
  void watch_engine();
  void wait_for_deaths();
  bool read_requests();
  void signal_all(int signal) const;
  void start_host(warden_wire::Received& request);
  void reap();
  void report_death(std::uint64_t host, int status, const rusage& usage);
  void leave();
  bool is_host(pid_t pid) const { return by_pid_.contains(pid); }

  boost::asio::io_context context_{1};
  boost::asio::posix::stream_descriptor engine_;
  boost::asio::posix::stream_descriptor engine_process_;
  boost::asio::signal_set deaths_;
  std::map<pid_t, std::uint64_t> by_pid_;
  std::map<std::uint64_t, pid_t> by_host_;
  bool frozen_ = false;
};

}  // namespace ropewalk::warden
