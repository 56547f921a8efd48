#pragma once
// The engine's side of the warden: the small process that is the parent of all hosts. One thread, except freeze() and
// thaw(). It knows nothing of what hosts are for.

#include "base/fd.hpp"
#include "hosts/warden_watch.hpp"
#include "protocol/warden_messages.hpp"

#include <ropewalk/error.hpp>

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace ropewalk {

struct HostCommand {
  std::string program;            ///< the path of its file, as the host sees it
  std::vector<std::string> argv;  ///< argv[0] names the program
  std::vector<std::string> env;   ///< complete, "K=V"
};

class WardenClient {
 public:
  struct Event {
    enum class Kind { spawned, failed, died, lost, answer } kind = Kind::lost;
    std::uint64_t host = 0;
    pid_t pid = 0;  ///< of spawned and died
    Fd pidfd = {};  ///< of spawned; none of a host that a zygote forked
    std::string text =
        {};          ///< of failed: why; of died: processes that its tasks had started and that could not be ended
    int status = 0;  ///< of died: the wait status; of answer: the number of the question
    rusage usage{};  ///< of died
    std::uint64_t left_behind = 0;  ///< of died: processes that still ran
  };

  /// Starts the program; an error has codes::kNoWarden.
  /// With a scratch folder hosts work there, and it ends with them; else in the engine's current folder.
  static Result<std::unique_ptr<WardenClient>> start(const std::filesystem::path& program, bool scratch_folder = false);
  /// Ends it; no process of its is left. After farewell() hosts have had their time. Waits while the warden is at work,
  /// and lets it continue if somebody has stopped it.
  ~WardenClient();
  WardenClient(const WardenClient&) = delete;
  WardenClient& operator=(const WardenClient&) = delete;

  /// Does not wait for the result: `spawned` or `failed`, and later `died`, come as events. `output` becomes
  /// descriptors 1 and 2 (-1: /dev/null), fds[i] becomes 3 + i.
  std::uint64_t spawn(const HostCommand& command, int output, std::span<const int> fds);
  /// A number for a host that a zygote will fork; its death is reported like any other.
  std::uint64_t reserve() { return ++hosts_; }
  /// From now on the host forks others and says so in `fork_log`, a pipe. Before it can hear of it.
  void will_fork(std::uint64_t zygote, int fork_log);
  /// A folder of control groups (hosts/memory_groups.hpp), to be removed when no process is left.
  void remove_at_end(const std::filesystem::path& groups);
  /// To its process group. After a SIGKILL no descendant of its is left either.
  void signal(std::uint64_t host, int signal);
  /// SIGSTOP to the group of every host, and of those that are spawned until thaw(), which lets all go on. Any thread.
  void freeze();
  void thaw();
  /// It answers when it has done what it was asked for before.
  void ask(std::uint32_t question);
  /// Kills it with all that descends from it: it does not answer any more. `lost` comes as an event.
  void replace();
  pid_t pid() const { return pid_; }
  /// Once it is lost: it refused to work for this engine (protocol/version_check.hpp). Waits at most a second for its
  /// exit code.
  bool is_of_another_version() const;
  /// The last request: it reports nothing more, gives hosts half a second to end by themselves, as their engine has
  /// told them to, and ends with the last of them. Does not wait for it.
  void farewell();

  /// Readable when receive() has something.
  int fd() const { return socket_.get(); }
  std::vector<Event> receive();

 private:
  WardenClient(Fd socket, pid_t pid) : socket_(std::move(socket)), pid_(pid) {}
  bool send(const warden_wire::Head& head, std::string_view text = {}, std::span<const int> fds = {});
  bool is_alive(WardenWatch& watch) const;

  Fd socket_;
  pid_t pid_;
  std::uint64_t hosts_ = 0;
  bool leaving_ = false;
  bool heard_ = false;           // it has sent something
  std::vector<Event> not_sent_;  // spawns that could not be asked for
};

}  // namespace ropewalk
