#pragma once
// One host process as the engine sees it: its socket, its memory, a dealer for each of its workers. It is started by
// the warden or forked by a zygote; host_state.hpp draws its life. Owned by the pool, lent to one executor at a time;
// used on the engine's thread only. Knows nothing of stages' meaning.

#include "base/fd.hpp"
#include "protocol/dealer.hpp"
#include "protocol/fields.hpp"
#include "protocol/board_memory.hpp"
#include "base/memory_groups.hpp"
#include "hosts/fork_requests.hpp"
#include "hosts/host_memory_cache.hpp"
#include "hosts/host_state.hpp"
#include "protocol/host_messages.hpp"
#include "plugin_files/image.hpp"

#include <ropewalk/error.hpp>
#include <ropewalk/events.hpp>
#include <ropewalk/plan.hpp>
#include <ropewalk/plugin.hpp>

#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk {

/// Hosts with equal keys can stand in for each other.
struct HostKey {
  PluginBuild plugin;
  std::uint32_t workers = 1;
  bool thread_per_task = false;
  bool one_task = false;   ///< it will run a single task: a tiny board, and no second use
  bool few_tasks = false;  ///< a small board will do, for board::Layout::kFewItems a worker
  Limits limits = {};      ///< cpu_time is not the host's business
  Environment env = {};    ///< in place of the engine's own variables, or beyond them

  bool operator==(const HostKey&) const = default;
  /// What such a host prints is not known to be of one task.
  bool shares_output() const { return workers > 1 || thread_per_task; }
  /// Whether a host with this key does for who asks for `wanted`.
  bool serves(const HostKey& wanted) const {
    HostKey as_wanted = *this;
    as_wanted.few_tasks = as_wanted.few_tasks || wanted.few_tasks;
    return as_wanted == wanted;
  }
  board::Layout layout() const {
    return one_task    ? board::Layout::for_one_task()
           : few_tasks ? board::Layout::for_few_items(workers)
                       : board::Layout::for_workers(workers);
  }
};

class HostProcess {
 public:
  /// Started by the warden. `unsent` counts what the pool's hosts were told and have no room for.
  HostProcess(std::uint64_t id, PluginBuild plugin, Fd socket, Fd output, std::size_t& unsent)
      : id_(id),
        plugin_(std::move(plugin)),
        socket_(std::move(socket)),
        postbox_(socket_.get(), unsent),
        output_(std::move(output)) {}
  /// To be forked by `zygote`, which is borrowed until a stage is added.
  HostProcess(std::uint64_t id, HostProcess& zygote, Fd socket, std::size_t& unsent)
      : id_(id),
        plugin_(zygote.plugin_),
        socket_(std::move(socket)),
        postbox_(socket_.get(), unsent),
        state_(HostState::expected),
        zygote_(zygote.id_),
        parent_(&zygote) {}

  std::uint64_t id() const { return id_; }
  /// 0: not known yet.
  pid_t pid() const { return pid_ != 0 || !forked() ? pid_ : pid_on_board(); }
  int socket() const { return socket_.get(); }
  const PluginBuild& plugin() const { return plugin_; }
  /// Set once it has a board.
  const std::optional<HostKey>& key() const { return key_; }
  /// What it said when it had loaded its plugin.
  const std::optional<Plugin>& description() const { return description_; }
  const std::optional<Error>& refusal() const { return refusal_; }
  /// Its plugin is loaded. A forked host's always is.
  bool loaded() const { return description_.has_value() || forked(); }
  /// Threads that it had when its plugin was loaded; 0: not loaded yet. A zygote must have one.
  std::uint64_t threads_after_loading() const { return threads_; }
  /// It was made by fork, from a host that had loaded the plugin.
  bool forked() const { return zygote_ != 0; }
  HostState state() const { return state_; }
  bool dead() const { return is_final(state_); }
  /// It was lost together with the warden or its zygote: nothing that it ran is to blame.
  bool lost() const { return state_ == HostState::lost; }
  /// Whether another process or the kernel killed it. Valid for a dead host that had begun no task and that the engine
  /// did not kill: the signal is none that a crash raises, or the plugin was loaded and none of its code was running.
  bool killed_from_outside() const;
  /// It refused to work for this engine (protocol/version_check.hpp). Valid for a dead host.
  bool is_of_another_version() const;
  /// It counts as dead although SIGKILL has not ended it: it may still run, and touch what is shared with it.
  bool unkillable() const { return state_ == HostState::unkillable; }
  /// "exited with code 0", "was killed by SIGSEGV"; once it is dead.
  std::string how_it_died() const;
  HostEnd kind_of_end() const;  ///< once it is dead
  int wait_status() const { return wait_status_; }
  /// CPU time of its whole life, with that of the processes that it waited for; 0 if its end was not seen.
  struct CpuUsed {
    std::int64_t user_ns = 0, system_ns = 0;
  };
  CpuUsed cpu_used() const { return cpu_used_; }
  /// Processes that its tasks had started and that still ran when it ended by itself.
  std::uint64_t left_behind() const { return left_behind_; }
  /// "2 processes (17 sleep, 18 sh)" that its tasks had started and that could not be ended; mostly empty.
  const std::string& not_ended() const { return not_ended_; }
  /// The other end of its socket is closed: it is dead, or about to be, or its task has closed it or replaced the
  /// program.
  bool cut_off() const { return cut_off_; }
  /// The host never came to life: why.
  const std::string& spawn_error() const { return spawn_error_; }

  /// The stage whose tasks were the last that may have opened something in it, which it closes at its end; empty: none.
  void set_opener(std::string_view stage) { opener_ = stage; }
  const std::string& opener() const { return opener_; }

  /// Before it has its board; null: none could be made.
  void hold_to(std::unique_ptr<MemoryGroup> group) { memory_group_ = std::move(group); }
  /// Processes that it has started, or itself, which the kernel has killed since the last call for what they used.
  bool over_its_memory();

  Result<void> set_up_board(const HostKey& key, bool tsc, std::uint64_t reading_cycles);
  /// The number under which items name the stage on this host.
  std::uint32_t add_stage(const wire::StageSetup& setup);
  /// Parameters that are too large for the board, or lie in `blobs`. 0 if there is no memory or no host.
  std::uint64_t send_params(std::string_view params, const board::Blobs& blobs);
  /// A large result: its fields, which lie in the blob as what they refer to does.
  struct LargeResult {
    std::shared_ptr<const board::Blob> blob;
    std::string_view fields;
  };
  /// It does not read what it is told: nothing that needs a message should be added.
  bool congested() const { return postbox_.size() >= kMaxUnread; }
  /// Gives it away; null if it did not come.
  LargeResult take_result(std::uint64_t number);
  /// It has broken a rule of its socket, or does not read what it is sent: which. Empty: it is believed. Nothing more
  /// is read from it, and it should be killed.
  const std::string& broken() const { return broken_; }
  /// Asks it to end. A forked host does so by itself after its task.
  void end();

  std::deque<board::Dealer>& lanes() { return lanes_; }
  /// How many of its lanes, the first ones, have a worker; why not all of them.
  std::uint32_t workers() const { return workers_; }
  const std::string& why_fewer() const { return why_fewer_; }
  /// What its tasks' deadlines move by.
  void set_stood_still(std::int64_t ns);
  /// Memory that it shares with the engine: its board, and the plugin's copy.
  std::size_t shared_bytes() const {
    return memory_.inbox.size() + memory_.outbox.size() + (plugin_.image ? plugin_.image->bytes() : 0);
  }
  /// What it wrote to descriptors 1 and 2 and nobody has taken yet; takes it.
  std::string take_output();
  /// Bytes that it wrote there and nobody can have any more, since the last call.
  std::uint64_t take_unkept() { return std::exchange(unkept_, 0); }
  /// What its workers ring when there is something to read in their lanes: an eventfd that it shares with no other
  /// host.
  int bell() const { return bell_.get(); }
  /// It has rung. False: so often, with nothing to read, that nobody should listen any more.
  bool has_rung();
  /// There was something to read.
  void was_read() { idle_rings_ = 0; }
  /// Where its output is a pipe: readable when there is some. -1: it is not.
  int output_pipe() const { return pipe_.get(); }
  /// Reads what is in the pipe. False: nothing more will come.
  bool read_output();
  bool has_output() const { return !printed_.empty(); }

  // --- for the pool ---
  void spawned(pid_t pid, Fd pidfd) { pid_ = pid, pidfd_ = std::move(pidfd); }
  void failed(std::string why) { move(state_, HostState::not_started), spawn_error_ = std::move(why); }
  void died(int status, std::uint64_t left_behind, std::string not_ended, CpuUsed used) {
    move(state_, HostState::ended);
    wait_status_ = status, left_behind_ = left_behind, not_ended_ = std::move(not_ended), cpu_used_ = used;
  }
  void note_cut_off() { cut_off_ = true; }
  /// It may have run tasks that nobody has heard of, and its process a number that nobody has named.
  void lost_with_parent();
  void given_up() { move(state_, HostState::unkillable), wait_status_ = SIGKILL; }
  /// From now on it only forks; `fork_log` is the end of a pipe that it writes to.
  void become_zygote(int fork_log);
  /// What its zygote forks it with, where its end of the socket will be `theirs`. That is requested when its stage is
  /// added, so that the zygote knows the stage and no child has to be told.
  Result<void> prepare_fork(const HostKey& key, CachedMemory memory, Fd theirs, bool tsc, std::uint64_t reading_cycles);
  /// Of a zygote.
  ForkRequests& forks() { return forks_; }
  std::uint64_t zygote() const { return zygote_; }
  /// To be forked, and not asked for yet.
  bool expected() const { return state_ == HostState::expected; }
  /// The warden has named its process.
  bool confirmed() const { return pid_ != 0; }
  /// What prepare_fork() was given, after its death was seen by the warden.
  CachedMemory take_cached_memory();
  int pidfd() const { return pidfd_.get(); }
  /// Sends what it had no room for.
  void flush() { postbox_.flush(); }
  /// Reads what the host says, without waiting: the one reader of its socket. False: nothing more will come, or it is
  /// broken().
  bool listen();

 private:
  pid_t pid_on_board() const;
  Fd make_output_pipe();
  static wire::BoardSetup setup_for(const HostKey& key, bool tsc, std::uint64_t reading_cycles);
  void take_memory(board::HostMemory memory);
  bool send(wire::Type type, std::uint64_t number, std::string_view body, std::span<const int> fds = {});
  bool make_bell();
  bool break_off(std::string why);
  std::string take_message(wire::Received& message);
  std::string take_description(const wire::Received& message);
  std::string take_blob(wire::Received& message);
  std::uint32_t request_fork(const wire::StageSetup& stage);
  std::uint32_t stage_of_children(const wire::StageSetup& stage);

  static constexpr std::size_t kMaxUnread = 16;
  static constexpr std::size_t kMaxPrinted = 4 << 20;  // bytes that wait to be taken: several reads of the pipe
  static constexpr std::uint32_t kMaxIdleRings = 10'000;

  std::uint64_t id_;
  PluginBuild plugin_;
  Fd socket_;
  Postbox postbox_;
  Fd pidfd_, output_;  // output_: a memfd, unless there is a
  Fd pipe_;            // of which this is the reading end
  Fd bell_;
  std::uint32_t idle_rings_ = 0;  // since it was last read
  std::string broken_;
  std::string printed_;       // read from it
  std::uint64_t unkept_ = 0;  // bytes of it that nobody took in time
  pid_t pid_ = 0;
  std::optional<HostKey> key_;
  std::unique_ptr<MemoryGroup> memory_group_;
  std::uint64_t kills_seen_ = 0;
  std::optional<Plugin> description_;
  std::optional<Error> refusal_;
  board::HostMemory memory_;
  std::size_t output_bytes_ = 0;  // room for output
  HostState state_ = HostState::starting;
  std::uint64_t zygote_ = 0, threads_ = 0;
  HostProcess* parent_ = nullptr;  // of one that is expected
  Fd theirs_;                      // of it, too
  wire::BoardSetup child_setup_ = {};
  ForkRequests forks_;
  std::deque<board::Dealer> lanes_;
  std::map<std::uint64_t, LargeResult> large_results_;
  std::uint32_t workers_ = 0;
  bool may_name_workers_ = false;
  std::string why_fewer_;
  std::uint32_t stages_ = 0;
  std::uint64_t blobs_sent_ = 0;
  bool cut_off_ = false;
  int wait_status_ = 0;
  CpuUsed cpu_used_ = {};
  std::uint64_t left_behind_ = 0;
  std::string spawn_error_, opener_, not_ended_;
};

}  // namespace ropewalk
