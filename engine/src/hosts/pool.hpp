#pragma once
// All hosts of an engine: spawns them through the warden, lends them to executors by key, takes them back to be used
// again, and is where the engine's thread waits. One thread, except wake(), which is async-signal-safe, and freeze()
// and thaw().

#include "base/cycles.hpp"
#include "base/mutex.hpp"
#include "hosts/host_process.hpp"
#include "hosts/host_use.hpp"
#include "hosts/job_tokens.hpp"
#include "base/memory_groups.hpp"
#include "hosts/pause_clock.hpp"
#include "hosts/warden_client.hpp"
#include "hosts/warden_watch.hpp"

#include <ropewalk/error.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <vector>

namespace ropewalk {

class HostPool {
 public:
  /// `programs` holds ropewalk-host and ropewalk-warden. `searched` are the folders in which they were looked for, for
  /// messages. `python` holds the package that lets an interpreter be a host. Nothing is started before it is needed.
  explicit HostPool(std::filesystem::path programs, bool scratch_folder = false,
                    std::vector<std::filesystem::path> searched = {}, std::filesystem::path python = {});
  ~HostPool();
  HostPool(const HostPool&) = delete;
  HostPool& operator=(const HostPool&) = delete;

  /// Starts the warden, which the first host would otherwise wait for.
  void prepare() { (void)need_warden(); }

  /// Lets all hosts and the warden end, in the background: the destructor, and the next who needs a warden, wait for
  /// it. No host may be lent.
  void dismiss();

  /// Loads the plugin in a host and returns what it says of itself; at most `limit_ns`. The host is kept. If
  /// the host is killed from outside, which says nothing about the plugin, another one loads it, up to three times.
  Result<Plugin> describe(const PluginBuild& plugin, std::int64_t limit_ns = 2'000'000'000);
  /// Ends hosts of that build that nobody uses: there is a newer one.
  void retire(const PluginBuild& plugin);

  /// A live host with a board, idle or new. It may still be starting; a death is seen by its dead(). Borrowed until
  /// give_back() or discard(). A host of one task is forked where that can be done: see pool_zygotes.cpp.
  Result<HostProcess*> lease(const HostKey& key);
  /// Whether lease() would start a process while as many are starting as the machine makes progress with. Each host
  /// that has loaded its plugin makes room for the next start.
  bool starts_enough(const HostKey& key) const;
  /// After lease() has failed: ends hosts that nobody uses. True: what they hold is on its way back, so try again when
  /// some have died.
  bool make_room();
  /// For the next stage. It must be idle.
  void give_back(HostProcess& host);
  /// Ends it, asked to or at once, and forgets it: do not use the reference any more.
  void discard(HostProcess& host, bool at_once);
  /// Of hosts that died or hung as they closed what tasks of a stage had opened, and nobody has been told of yet.
  struct CloseFailures {
    std::uint64_t hung = 0, died = 0;
    std::string how;  ///< the last of them died
  };
  /// By the name of the stage; takes them. `close`: first ends the hosts that have something to close, and waits for
  /// that.
  std::map<std::string, CloseFailures> take_close_failures(bool close);
  /// Looks how a host died that ran nothing. `overdue`: it was killed because it did not end.
  void note_close(const HostProcess& host, bool overdue);
  /// Kills it; the borrower hears of its death like of any other.
  void kill(HostProcess& host);
  /// It was killed and does not die (a system call that never returns): from now on it counts as dead, and unkillable.
  void give_up(HostProcess& host);
  /// Nothing, unless it is to be forked and nobody has heard of it: then its zygote stands still, and dies of it.
  void kill_zygote_of(HostProcess& host);
  /// SIGTERM to all that its tasks started in its group; a host itself takes no notice of it.
  void terminate(HostProcess& host);

  /// Waits until something happened (a bell, a message, a death, wake()) or the time has come, and takes note of it:
  /// hosts that died say so afterwards. False: the warden is gone for the second time, nothing can run any more.
  bool wait(std::int64_t until_ns);
  void wake() noexcept;
  /// Readable when wait() would return before its time; for who waits elsewhere.
  int fd() const { return epoll_.get(); }
  /// When wait() has something to do although nothing happens, in the time of monotonic_ns(); the far future: never.
  std::int64_t send_again_ns() const;

  /// Stops all hosts, those being started too, and the clock of time-outs; thaw() lets them go on. Any thread.
  void freeze();
  void thaw();
  /// Now, and then, for all deadlines: this clock stands still while the hosts are frozen. Any thread.
  std::int64_t now_ns() const { return pauses_.at(monotonic_ns()); }
  std::int64_t at(std::int64_t monotonic_ns) const { return pauses_.at(monotonic_ns); }

  /// Hosts that died since the last call. They stay valid until the next call.
  std::vector<HostProcess*> take_dead();

  /// Whether the kernel has killed any process of the machine for want of memory since the last call.
  bool memory_ran_out();

  CycleClock& clock() { return clock_; }
  /// That commands of tasks share.
  JobTokens& job_tokens() { return job_tokens_; }
  /// When the warden was asked the last question that it has answered, of now_ns(): it has done what it was told
  /// before.
  std::int64_t warden_answered_ns() const { return answered_ns_; }
  /// 0: there is none.
  pid_t warden_pid() const { return warden_ ? warden_->pid() : 0; }

 private:
  using Use = HostUse;
  struct Kept {
    std::unique_ptr<HostProcess> host;
    Use use;
    Environment env = {};  // it was started with
  };

  // Tags of events.
  static constexpr std::uint64_t kOutputTag = std::uint64_t{1} << 62;  // and a host's id
  static constexpr std::uint64_t kBellTag = std::uint64_t{1} << 61;    // and a host's id
  static constexpr std::uint64_t kWakeTag = ~std::uint64_t{0}, kWardenTag = ~std::uint64_t{0} - 1;

  Result<HostProcess*> spawn(const PluginBuild& plugin, Use use, std::size_t output_bytes, const Environment& env);
  /// What a host may write before its writes are cut short, if no limit says.
  static constexpr std::size_t kOutputBytes = 1 << 20;
  static std::size_t output_bytes(const Limits& limits);
  HostCommand command_for(const PluginBuild& plugin, const Environment& env) const;
  void end_unused(Use use);
  bool has_forked(const HostProcess& zygote) const;
  std::uint64_t reading_cycles();
  void hold_to_limit(HostProcess& host, const HostKey& key);
  HostProcess* zygote_for(const HostKey& key);
  bool make_zygote(Kept& kept);
  Result<HostProcess*> fork(HostProcess& zygote, const HostKey& key);
  void take_not_forked(HostProcess& zygote);
  void zygote_died(std::uint64_t id);
  void forget(std::unique_ptr<HostProcess> host);
  Result<void> need_warden();
  void warden_events();
  void warden_lost();
  void look_at_peers();
  void look_at_warden();
  void look_for_cut_off();
  void watch(int fd, std::uint64_t tag, std::uint32_t more_events = 0);
  void watch_bell(const HostProcess& host);
  void hear(Kept& kept);
  void end_if_broken(const Kept& kept);
  void remove_dead(std::uint64_t id);
  void rest_after_turn(std::int64_t until_ns) const;
  /// Waits for the description, the refusal or the death of the host. False: the warden was lost twice.
  bool load(HostProcess& host, std::int64_t limit_ns);
  Error not_started(const HostProcess& host) const;
  Error no_description(HostProcess& host, std::int64_t limit_ns) const;
  Error no_warden() const;
  Error other_version(const char* program) const;
  std::string searched_note() const;

  std::size_t unsent_ = 0;  // messages that hosts have no room for; outlives them
  std::filesystem::path programs_;
  std::vector<std::filesystem::path> searched_;
  std::filesystem::path python_;
  const bool scratch_folder_;
  const std::string mark_;  // in the environment of every host
  CycleClock clock_;
  JobTokens job_tokens_;
  Fd epoll_, wake_;
  Mutex freezing_;  // held while the warden is replaced, frozen or thawed
  std::unique_ptr<WardenClient> warden_, leaving_;
  PauseClock pauses_;
  std::int64_t paused_reported_ns_ = 0;  // to all hosts
  bool frozen_ ROPEWALK_GUARDED_BY(freezing_) = false;
  MemoryGroups memory_groups_;                                 // outlives the hosts
  std::int64_t room_until_ns_ = 0;                             // what was ended to make room is waited for
  std::map<std::uint64_t, Kept> hosts_;                        // by id; alive or dying
  std::vector<std::unique_ptr<HostProcess>> dead_, reported_;  // lent when they died
  std::set<std::uint64_t> starting_;                           // ids of hosts that have not loaded their plugin yet
  HostMemoryCache memory_cache_;
  std::set<std::string> threaded_;  // identities of plugins that start threads when they are loaded
  std::map<std::string, CloseFailures> close_failures_;
  std::uint64_t wardens_lost_ = 0;
  bool warden_differs_ = false;  // it is of another version
  WardenWatch warden_watch_;
  std::int64_t look_at_peers_ns_ = 0, asked_ns_ = 0, answered_ns_ = 0;
  std::int64_t turn_began_ns_ = 0;
  std::uint64_t memory_kills_ = 0;  // by the kernel, of anybody, so far
};

}  // namespace ropewalk
