#pragma once
// The parent of every host. It starts hosts, reports each death once, and leaves no process behind, however the engine
// ends. Single-threaded; its loop is Boost.Asio. It knows nothing about plugins, boards or tasks.

#include "base/fd.hpp"
#include "warden/fork_log.hpp"
#include "warden/scratch_folder.hpp"
#include "warden/shield.hpp"
#include "protocol/host_mark.hpp"
#include "protocol/warden_messages.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace ropewalk::warden {

class Warden {
 public:
  /// `engine` is the socket to the engine, which is the parent of this process. Hosts run in a scratch folder or in the
  /// current one.
  Warden(Fd engine, bool scratch_folder);
  /// Returns when the engine is gone and no descendant is left.
  void run();

 private:
  void listen();
  void watch_engine();
  void wait_for_deaths();
  bool read_requests();
  void report(const warden_wire::Head& head, std::string_view text, std::span<const int> fds = {});
  void report_later();
  void signal_all(int signal) const;
  void start_host(warden_wire::Received& request);
  void signal_host(std::uint64_t host, int signal);
  void read_fork_log();
  void adopt(const ForkLog::Forked& forked);
  void wait_for_forks_to_kill();
  void reap();
  void reap_later();
  void report_children_of(std::uint64_t zygote);
  void begin_shutdown();
  void leave();
  bool engine_lives();
  bool is_host(pid_t pid);
  bool is_claimed(pid_t pid, std::uint64_t dead);
  void remember(std::uint64_t host, pid_t pid, std::uint64_t zygote);

  struct Child {
    std::uint64_t host;
    std::uint64_t zygote;  // the zygote that forked it; 0: the warden started it
  };

  const Shield shield_;
  const HostMark mark_ = HostMark::below();
  std::optional<ScratchFolder> scratch_;
  boost::asio::io_context context_{1};
  boost::asio::posix::stream_descriptor engine_;
  boost::asio::posix::stream_descriptor engine_process_;
  boost::asio::signal_set deaths_;
  boost::asio::steady_timer doomed_timer_{context_}, leave_timer_{context_}, report_timer_{context_};
  std::size_t unsent_ = 0;
  Postbox to_engine_;
  bool telling_later_ = false, reaping_later_ = false;
  std::map<pid_t, Child> by_pid_;
  std::map<std::uint64_t, pid_t> by_host_;
  bool frozen_ = false, leaving_ = false;
  std::string groups_;  // folder of the control groups
  ForkLog fork_log_;
  std::map<std::uint64_t, std::int64_t> to_kill_;  ///< hosts to kill once they are forked, with the deadline
};

}  // namespace ropewalk::warden
