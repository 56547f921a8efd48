#pragma once
// The host as it comes to life: first a plugin, then a board, then workers. Listens to the socket of the engine on the
// thread that calls it; workers run the tasks.

#include "base/fd.hpp"
#include "host/stages.hpp"
#include "host/wear.hpp"
#include "host/worker.hpp"
#include "host/zygote.hpp"
#include "protocol/board_memory.hpp"
#include "plugin_files/entry.hpp"
#include "protocol/host_messages.hpp"

#include <ropewalk/plugin.hpp>
#include <ropewalk/sdk/abi.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace ropewalk::host {

/// The plugin that the host is started for.
struct PluginToLoad {
  std::filesystem::path file;                  ///< how it is shown
  int copy = -1;                               ///< a descriptor from which its code is mapped; -1: from `file`
  std::function<Result<LoadedPlugin>()> load;  ///< called once, between the handlers of faults and those of exit()
};

class Host {
 public:
  explicit Host(Fd socket) : socket_(std::move(socket)) {}
  /// Loads the plugin and sends its description to the engine. If the plugin is refused, sends the reason and returns
  /// false. `plugin` outlives the host.
  bool load(const PluginToLoad& plugin);
  /// Handles messages until the engine ends the host. Returns the exit code. In a host with a language the only worker
  /// runs on this thread, which in many languages alone can be interrupted and has the system's stack; messages are
  /// then handled on another one. Such a host returns also when it ends well: its program then exits by itself.
  int listen();

 private:
  wire::Got receive(wire::Received& message) const;
  int handle_messages();
  int work_here();
  bool set_up_board(wire::Received& message);
  static bool print_into(std::vector<Fd>& fds);
  bool take_board(const wire::BoardSetup& setup, int inbox, int outbox, int door);
  Shared what_workers_share(const wire::BoardSetup& setup);
  const std::byte* inbox_lane(std::uint32_t worker) const { return inbox_.data() + worker * layout_.inbox_lane(); }
  std::byte* outbox_lane(std::uint32_t worker) const { return outbox_.data() + worker * layout_.outbox_lane(); }
  bool start_workers();
  bool become_zygote(wire::Received& message);
  bool fork_host(const wire::ForkRequest& request);
  [[noreturn]] void run_alone(const wire::BoardSetup& setup, std::span<const int> fds);
  bool hear();
  bool add_stage(wire::Received& message);
  std::unique_ptr<const Stage> posted_stage(std::uint32_t number) const;
  bool add_blob(wire::Received& message);
  int end(int code);

  Fd socket_, bell_;
  std::optional<Zygote> zygote_;
  const ropewalk_plugin* code_ = nullptr;
  Plugin description_;
  Stages stages_;
  std::atomic<bool> ending_ = false;
  bool works_here_ = false;  // the only worker runs on the first thread
  board::Layout layout_;
  board::Mapping inbox_, outbox_;
  std::optional<Wear> wear_;
  std::unique_ptr<Shared> shared_;
  std::deque<board::WorkerLane> lanes_;
  std::deque<Worker> workers_;
  std::vector<Call*> calls_;
};

}  // namespace ropewalk::host
