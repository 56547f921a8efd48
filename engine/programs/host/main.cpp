// ropewalk-host: the process in which plugin code runs. The warden starts it with a socket to the engine, the path of
// one plugin, and a copy of that file that was made when the run was planned, or else the file's identity. It loads the
// plugin, says hello with the plugin's description, and, once the engine has sent it a board, runs items until it is
// told to end. This thread only listens to the socket; workers do the rest.

#include "base/descriptor_limit.hpp"
#include "base/failpoint.hpp"
#include "base/program_version.hpp"
#include "base/text.hpp"
#include "values/value_codec.hpp"
#include "protocol/board_memory.hpp"
#include "protocol/notice.hpp"
#include "host/backtrace.hpp"
#include "host/faults.hpp"
#include "host/leaving.hpp"
#include "host/limits.hpp"
#include "host/stages.hpp"
#include "host/symbols.hpp"
#include "host/wear.hpp"
#include "host/worker.hpp"
#include "host/zygote.hpp"
#include "protocol/host_messages.hpp"
#include "protocol/version_check.hpp"
#include "plugin_files/describe.hpp"
#include "plugin_files/identity.hpp"
#include "plugin_files/load.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <deque>
#include <filesystem>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace ropewalk::host {
namespace {

/// 10 ms for a few workers. A look costs three system calls: a thousand workers that wait 100 ms a task would spend
/// more on looking than on everything else.
std::uint64_t waiting_cycles(const wire::BoardSetup& setup) {
  constexpr std::uint64_t kReadings = 500, kFewWorkers = 8;
  return setup.reading_cycles * kReadings * (1 + setup.layout.workers / kFewWorkers);
}

constexpr int kBadMessage = 76;  // an exit code that only the engine sees

/// What it is started for.
struct PluginToLoad {
  std::filesystem::path file;
  int copy = -1;              ///< a descriptor; -1: there is none
  std::string_view identity;  ///< of the file, where there is no copy
};

/// Before and after, so that it is the planned file that was loaded.
Result<LoadedPlugin> load_as_planned(const PluginToLoad& plugin) {
  const auto is_as_planned = [&] { return plugin.copy >= 0 || identity_now(plugin.file) == plugin.identity; };
  if (is_as_planned()) {
    Result<LoadedPlugin> loaded = load_plugin(plugin.file, host_table(), plugin.copy);
    if (is_as_planned()) return loaded;
  }
  return plugin_changed(plugin.file);
}

/// The host as it comes to life: first a plugin, then a board, then workers.
class Host {
 public:
  explicit Host(Fd socket) : socket_(std::move(socket)) {}

  bool load(const PluginToLoad& plugin) {
    install_fault_handlers();
    watch_exit_handlers();
    if (plugin.copy >= 0) {
      // All hosts share the copy, which a task of another one may have made unreadable: the loader opens it anew.
      ::fchmod(plugin.copy, S_IRUSR | S_IXUSR);
      note_copy(plugin.copy, plugin.file.c_str());
    }
    Result<LoadedPlugin> loaded = load_as_planned(plugin);
    if (!loaded) {
      const Error error = loaded.error().list.front();
      List notes;
      for (const std::string& note : error.notes) notes.push_back(note);
      wire::send(socket_.get(), wire::Type::refused, 0,
                 encode_value(Map{{"code", error.code}, {"message", error.message}, {"notes", std::move(notes)}}));
      return false;
    }
    install_exit_handlers();
    code_ = loaded->code;
    note_plugin(reinterpret_cast<const void*>(code_->task_types[0]->run));
    note_destructors_of(reinterpret_cast<const void*>(code_->task_types[0]->run));
    description_ = std::move(loaded->description);
    ROPEWALK_FAILPOINT("host.hello");
    return wire::send(socket_.get(), wire::Type::hello, Zygote::threads(),
                      encode_value(describe_as_value(description_)));
  }

  int listen() {
    wire::Received message;
    wire::ForkRequest request;
    for (;;) {
      switch (zygote_ ? wire::receive_fork(socket_.get(), request, message) : receive(message)) {
        case wire::Got::message: break;
        case wire::Got::nothing: continue;
        case wire::Got::closed: return end(0);
        case wire::Got::nonsense:
        case wire::Got::forbidden: return kBadMessage;
      }
      if (request.host != 0) {
        if (!fork_host(request)) return kBadMessage;
        continue;
      }
      if (message.type == wire::Type::end) return end(0);
      bool good = false;
      if (message.type == wire::Type::board)
        good = set_up_board(message) && start_workers();
      else if (message.type == wire::Type::zygote)
        good = become_zygote(message);
      else if (message.type == wire::Type::stage)
        good = add_stage(message);
      else if (message.type == wire::Type::blob)
        good = add_blob(message);
      if (!good) return kBadMessage;
    }
  }

 private:
  /// Tasks of many workers may have taken all descriptors: what comes with a message needs some, and comes once.
  wire::Got receive(wire::Received& message) const {
    pollfd there{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    ::poll(&there, 1, -1);
    const DescriptorReserve reserve;
    return wire::receive(socket_.get(), message, false);
  }

  bool set_up_board(wire::Received& message) {
    wire::BoardSetup setup;
    if (message.body.size() != sizeof setup || shared_) return false;
    std::memcpy(&setup, message.body.data(), sizeof setup);
    if (setup.pipes_output != 0 && !print_into(message.fds)) return false;
    if (message.fds.size() < 3 || message.fds.size() > 4) return false;
    bell_ = std::move(message.fds[2]);
    if (!take_board(setup, message.fds[0].get(), message.fds[1].get(),
                    message.fds.size() == 4 ? message.fds[3].get() : -1))
      return false;
    shared_.reset(new Shared(what_workers_share(setup)));
    for (std::uint32_t i = 0; i < setup.layout.workers; ++i)
      workers_.emplace_back(lanes_.emplace_back(inbox_lane(i), outbox_lane(i), layout_, bell_.get(), setup.tsc != 0),
                            *shared_, i);
    for (Worker& worker : workers_) calls_.push_back(&worker.call());
    know_calls(calls_);
    return true;
  }

  /// The last descriptor becomes standard output and error.
  static bool print_into(std::vector<Fd>& fds) {
    if (fds.empty()) return false;
    std::fflush(nullptr);  // what loading has printed is read elsewhere
    const Fd pipe = std::move(fds.back());
    fds.pop_back();
    return ::dup2(pipe.get(), STDOUT_FILENO) >= 0 && ::dup2(pipe.get(), STDERR_FILENO) >= 0;
  }

  /// `door`: of its memory group, or -1.
  bool take_board(const wire::BoardSetup& setup, int inbox, int outbox, int door) {
    if (!setup.layout.valid()) return false;
    inbox_ = board::map_known(inbox, setup.layout.inbox_bytes(), board::Access::read);
    outbox_ = board::map_known(outbox, setup.layout.outbox_bytes(), board::Access::write);
    if (!inbox_ || !outbox_) return false;
    layout_ = setup.layout;
    stages_.look_by([this](std::uint32_t number) { return posted_stage(number); });
    // Where it fails, the limits below and the engine's looks are what there is.
    if (door >= 0) (void)!::write(door, "0", 1);
    apply_limits(setup.memory_bytes, setup.file_bytes);
    // A child that a task forks must not be able to speak for its worker.
    ::madvise(outbox_.data(), outbox_.size(), MADV_DONTFORK);
    return true;
  }

  Shared what_workers_share(const wire::BoardSetup& setup) {
    const bool only_worker = setup.layout.workers == 1 && setup.thread_per_task == 0;
    // A lane that is made for one task has no more slots than that needs.
    const bool many_tasks = setup.layout.slots > board::Layout::for_one_task().slots;
    if (many_tasks) wear_.emplace(setup.held_bytes, setup.memory_bytes != 0);
    return {.stages = stages_,
            .ending = ending_,
            .socket = socket_.get(),
            .only_worker = only_worker,
            .watches_process = only_worker && many_tasks,
            .thread_per_task = setup.thread_per_task != 0,
            .reading_cycles = setup.reading_cycles,
            .waiting_cycles = waiting_cycles(setup),
            .output_bytes = setup.output_bytes,
            .print_bytes = setup.print_bytes,
            .descriptors = {socket_.get(), bell_.get(), STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO},
            .wear = wear_ ? &*wear_ : nullptr};
  }

  const std::byte* inbox_lane(std::uint32_t worker) const { return inbox_.data() + worker * layout_.inbox_lane(); }
  std::byte* outbox_lane(std::uint32_t worker) const { return outbox_.data() + worker * layout_.outbox_lane(); }

  /// Fewer threads do the same work; without one there is nobody to do it.
  bool start_workers() {
    std::uint64_t started = 0;
    for (Worker& worker : workers_) {
      if (ROPEWALK_FAILPOINT("host.thread") == 0 && worker.start()) {
        ++started;
        continue;
      }
      if (started == 0) ::_exit(wire::kExitNoThread);
      know_calls(std::span(calls_).first(started));
      while (workers_.size() > started) workers_.pop_back();
      return wire::send(socket_.get(), wire::Type::workers, started, start_failure_text(EAGAIN));
    }
    return true;
  }

  bool become_zygote(wire::Received& message) {
    if (message.fds.size() != 1 || shared_) return false;
    zygote_.emplace(std::move(message.fds.front()), socket_.get());
    return true;
  }

  /// Returns in this process only. The child is the host that was asked for: it has the plugin, runs one item on this
  /// thread, which is all that it has, and listens to its socket while it lacks something.
  bool fork_host(const wire::ForkRequest& request) {
    const std::span<const int> fds = std::span(request.fds).first(request.fd_count);
    const bool asked_well = fds.size() == 5 || fds.size() == 6;
    if (!asked_well || !zygote_->fork(request.host, fds[0], fds[1])) {
      Zygote::close(fds);
      return asked_well;
    }
    run_alone(request.setup, fds);
  }

  /// Nothing is put on the heap: each page of it that is written to would first have to be copied. Nor on the stack,
  /// which a task may smash: what is told of that needs the lane.
  [[noreturn]] void run_alone(const wire::BoardSetup& setup, std::span<const int> fds) {
    bell_ = Fd(fds[4]);
    if (!take_board(setup, fds[2], fds[3], fds.size() == 6 ? fds[5] : -1)) ::_exit(kBadMessage);
    Zygote::close(fds.first(4));
    Zygote::close(fds.subspan(5));
    struct Alone {
      Shared shared;
      board::WorkerLane lane;
      Worker worker{lane, shared, 0};
      Call* const call = &worker.call();
    };
    static_assert(sizeof(Alone) <= 2048);
    alignas(2048) static std::byte room[sizeof(Alone)];  // on one page
    stages_.listen_by([this] { return hear(); });
    auto* const alone = new (room)
        Alone{what_workers_share(setup), {inbox_lane(0), outbox_lane(0), layout_, bell_.get(), setup.tsc != 0}};
    know_calls({&alone->call, 1});
    alone->worker.run_alone();
    leave_fork(0);
  }

  bool hear() {
    wire::Received message;
    if (wire::receive(socket_.get(), message, true) != wire::Got::message) return false;
    return message.type == wire::Type::stage ? add_stage(message)
                                             : message.type == wire::Type::blob && add_blob(message);
  }

  bool add_stage(wire::Received& message) {
    auto stage = make_stage(message.number, message.body, message.fds);
    if (!stage) return false;
    stages_.add(std::move(stage));
    return true;
  }

  /// The stage that is posted on the board, if it is that one.
  std::unique_ptr<const Stage> posted_stage(std::uint32_t number) const {
    const std::optional<std::string> text = board::read_notice(inbox_.data(), layout_, number);
    if (!text) return nullptr;
    auto stage = make_stage(number, *text, {});
    if (!stage) ::_exit(kBadMessage);
    return stage;
  }

  /// Null: it makes no sense.
  std::unique_ptr<const Stage> make_stage(std::uint64_t number, std::string_view text,
                                          std::span<const Fd> memfds) const {
    std::optional<wire::StageSetup> setup = wire::decode_stage(text);
    if (!setup || setup->task_type >= description_.task_types.size()) return nullptr;
    auto stage = std::make_unique<Stage>();
    stage->number = static_cast<std::uint32_t>(number);
    stage->task_type = setup->task_type;
    stage->type = &description_.task_types[setup->task_type];
    stage->code = code_->task_types[setup->task_type];
    stage->name = std::move(setup->stage);
    stage->run_id = std::move(setup->run_id);
    stage->timeout_ns = setup->timeout_ns;
    stage->rests_after_failure = setup->rests_after_failure;
    stage->constants = std::move(setup->constants);
    for (const Field& field : stage->type->params) stage->param_types.push_back(field.type);
    for (const Field& field : stage->type->results) stage->result_types.push_back(field.type);
    for (const std::uint32_t position : setup->varying) {
      if (position >= stage->param_types.size()) return nullptr;
      stage->varying.push_back(position);
      stage->varying_types.push_back(stage->param_types[position]);
    }
    stage->constant_views.resize(stage->param_types.size());
    std::vector<std::string_view> blobs;
    for (const Fd& memfd : memfds)
      blobs.push_back(stage->blobs.emplace_back(board::map_whole(memfd.get(), board::Access::read)).text());
    if (!board::view_fields(stage->param_types, stage->constants, stage->constant_views, blobs)) return nullptr;
    return stage;
  }

  bool add_blob(wire::Received& message) {
    if (message.fds.empty()) return false;
    stages_.add_blob(message.number, std::move(message.fds));
    return true;
  }

  /// The engine is done with this host: let the workers close what they opened, and go.
  int end(int code) {
    ending_.store(true, std::memory_order_seq_cst);
    stages_.close();
    std::int64_t until_ns = monotonic_ns() + kCloseNs;
    for (Worker& worker : workers_)
      if (!worker.wait_until_over(until_ns)) ::_exit(wire::kExitCloseHangs);
    leave(code);
  }

  Fd socket_, bell_;
  std::optional<Zygote> zygote_;
  const ropewalk_plugin* code_ = nullptr;
  Plugin description_;
  Stages stages_;
  std::atomic<bool> ending_ = false;
  board::Layout layout_;
  board::Mapping inbox_, outbox_;
  std::optional<Wear> wear_;
  std::unique_ptr<Shared> shared_;
  std::deque<board::WorkerLane> lanes_;
  std::deque<Worker> workers_;
  std::vector<Call*> calls_;
};

/// -1: it is no descriptor of this process.
int descriptor(std::string_view word) {
  int fd = -1;
  const bool good = std::from_chars(word.data(), word.data() + word.size(), fd).ec == std::errc() && fd >= 3;
  // What tasks start is not to have it.
  return good && ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 ? fd : -1;
}

bool is_socket(int fd) {
  int kind = 0;
  socklen_t size = sizeof kind;
  return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &kind, &size) == 0 && kind == SOCK_SEQPACKET;
}

/// What a batch system sends to all processes of a job is for the engine. What a task or a limit does to its own
/// process has the usual effect.
void leave_warnings_to_engine() {
  struct sigaction action {};
  action.sa_sigaction = [](int signal, siginfo_t* info, void*) {
    if (info->si_code <= 0 && info->si_pid != ::getpid()) return;
    ::signal(signal, SIG_DFL);
    ::raise(signal);
  };
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  for (const int signal : {SIGUSR1, SIGUSR2, SIGXCPU}) ::sigaction(signal, &action, nullptr);
}

/// SOCKET FILE ("copy" DESCRIPTOR | "file" IDENTITY) DESCRIPTORS VERSION: the user's own limit of descriptors, and the
/// engine's version. Engines of other versions may put other words between SOCKET and VERSION.
int main(std::span<char*> arguments) {
  if (arguments.size() == 2 && std::string_view(arguments[1]) == "--version") {
    std::printf("ropewalk-host %s\n", program_version());
    return std::fflush(stdout) == 0 ? 0 : 1;
  }
  const int socket = arguments.size() >= 3 ? descriptor(arguments[1]) : -1;
  if (socket >= 0 && is_socket(socket) && !is_of_engines_version("ropewalk-host", arguments.back()))
    return kExitOtherVersion;
  PluginToLoad plugin;
  std::uint64_t users_descriptors = 0;
  if (socket >= 0 && arguments.size() == 7) {
    plugin = {arguments[2], std::string_view(arguments[3]) == "copy" ? descriptor(arguments[4]) : -1, arguments[4]};
    std::from_chars(arguments[5], arguments[5] + std::strlen(arguments[5]), users_descriptors);
  }
  if (arguments.size() != 7 || socket < 0 || !is_socket(socket)) {
    std::fputs("ropewalk-host runs the tasks of a plugin; ropewalk starts it by itself. See ropewalk --help.\n",
               stderr);
    return 2;
  }
  // SIGTERM to the group is for what tasks started: a handler, unlike SIG_IGN, is not inherited by programs.
  struct sigaction take_no_notice {};
  take_no_notice.sa_handler = [](int) {};
  take_no_notice.sa_flags = SA_RESTART;
  ::sigaction(SIGTERM, &take_no_notice, nullptr);
  leave_warnings_to_engine();
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  raise_descriptor_limit(KeepBack::few, users_descriptors);
  watch_for_refusals();
  Host host{Fd(socket)};
  if (!host.load(plugin)) return 1;
  return host.listen();
}

}  // namespace
}  // namespace ropewalk::host

int main(int argc, char** argv) {
  const int code = ropewalk::host::main(std::span(argv, static_cast<std::size_t>(argc)));
  ::_exit(code);
}
