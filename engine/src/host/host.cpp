#include "host/host.hpp"

#include "base/descriptor_limit.hpp"
#include "base/failpoint.hpp"
#include "base/text.hpp"
#include "values/value_codec.hpp"
#include "protocol/board_memory.hpp"
#include "protocol/notice.hpp"
#include "host/backtrace.hpp"
#include "host/faults.hpp"
#include "host/language.hpp"
#include "host/leaving.hpp"
#include "host/limits.hpp"
#include "host/symbols.hpp"
#include "plugin_files/describe.hpp"

#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <system_error>
#include <thread>

namespace ropewalk::host {
namespace {

/// 10 ms for a few workers. A look costs three system calls: a thousand workers that wait 100 ms a task would spend
/// more on looking than on everything else.
std::uint64_t waiting_cycles(const wire::BoardSetup& setup) {
  constexpr std::uint64_t kReadings = 500, kFewWorkers = 8;
  return setup.reading_cycles * kReadings * (1 + setup.layout.workers / kFewWorkers);
}

constexpr int kBadMessage = 76;  // an exit code that only the engine sees

}  // namespace

bool Host::load(const PluginToLoad& plugin) {
  install_fault_handlers();
  watch_exit_handlers();
  if (plugin.copy >= 0) note_copy(plugin.copy, plugin.file.c_str());
  Result<LoadedPlugin> loaded = plugin.load();
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
  description_ = std::move(loaded->description);
  ROPEWALK_FAILPOINT("host.hello");
  return wire::send(socket_.get(), wire::Type::hello, Zygote::threads(), encode_value(describe_as_value(description_)));
}

int Host::listen() {
  const int code = handle_messages();
  return works_here_ ? work_here() : code;
}

/// The thread that handles messages has nothing of the language.
int Host::work_here() {
  std::optional<int> code;
  try {
    std::thread control([&] {
      code = handle_messages();
      if (*code != 0) ::_exit(*code);
    });
    workers_.front().run_here();
    control.join();
  } catch (const std::system_error&) {
    ::_exit(wire::kExitNoThread);
  }
  return *code;
}

/// Returns 0 with works_here_ set, if the worker is to run on this thread.
int Host::handle_messages() {
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
    if (message.type == wire::Type::board) {
      good = set_up_board(message);
      works_here_ = good && language != nullptr && shared_->only_worker;
      if (works_here_) return 0;
      good = good && start_workers();
    } else if (message.type == wire::Type::zygote) {
      good = become_zygote(message);
    } else if (message.type == wire::Type::stage) {
      good = add_stage(message);
    } else if (message.type == wire::Type::blob) {
      good = add_blob(message);
    }
    if (!good) return kBadMessage;
  }
}

/// Tasks of many workers may have taken all descriptors: what comes with a message needs some, and comes once.
wire::Got Host::receive(wire::Received& message) const {
  pollfd there{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  ::poll(&there, 1, -1);
  const DescriptorReserve reserve;
  return wire::receive(socket_.get(), message, false);
}

bool Host::set_up_board(wire::Received& message) {
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
bool Host::print_into(std::vector<Fd>& fds) {
  if (fds.empty()) return false;
  std::fflush(nullptr);  // what loading has printed is read elsewhere
  const Fd pipe = std::move(fds.back());
  fds.pop_back();
  return ::dup2(pipe.get(), STDOUT_FILENO) >= 0 && ::dup2(pipe.get(), STDERR_FILENO) >= 0;
}

/// `door`: of its memory group, or -1.
bool Host::take_board(const wire::BoardSetup& setup, int inbox, int outbox, int door) {
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

Shared Host::what_workers_share(const wire::BoardSetup& setup) {
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

/// Fewer threads do the same work; without one there is nobody to do it.
bool Host::start_workers() {
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

bool Host::become_zygote(wire::Received& message) {
  if (message.fds.size() != 1 || shared_) return false;
  zygote_.emplace(std::move(message.fds.front()), socket_.get());
  return true;
}

/// Returns in this process only. The child is the host that was asked for: it has the plugin, runs one item on this
/// thread, which is all that it has, and listens to its socket while it lacks something.
bool Host::fork_host(const wire::ForkRequest& request) {
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
void Host::run_alone(const wire::BoardSetup& setup, std::span<const int> fds) {
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

bool Host::hear() {
  wire::Received message;
  if (wire::receive(socket_.get(), message, true) != wire::Got::message) return false;
  return message.type == wire::Type::stage ? add_stage(message) : message.type == wire::Type::blob && add_blob(message);
}

bool Host::add_stage(wire::Received& message) {
  auto stage = make_stage(message.number, message.body, message.fds, description_, *code_);
  if (!stage) return false;
  stages_.add(std::move(stage));
  return true;
}

/// The stage that is posted on the board, if it is that one.
std::unique_ptr<const Stage> Host::posted_stage(std::uint32_t number) const {
  const std::optional<std::string> text = board::read_notice(inbox_.data(), layout_, number);
  if (!text) return nullptr;
  auto stage = make_stage(number, *text, {}, description_, *code_);
  if (!stage) ::_exit(kBadMessage);
  return stage;
}

bool Host::add_blob(wire::Received& message) {
  if (message.fds.empty()) return false;
  stages_.add_blob(message.number, std::move(message.fds));
  return true;
}

/// The engine is done with this host: let the workers close what they opened, and go.
int Host::end(int code) {
  ending_.store(true, std::memory_order_seq_cst);
  stages_.close();
  std::int64_t until_ns = monotonic_ns() + kCloseNs;
  for (Worker& worker : workers_)
    if (!worker.wait_until_over(until_ns, works_here_)) ::_exit(wire::kExitCloseHangs);
  if (language == nullptr) leave(code);
  begin_leaving(code);
  return code;
}

}  // namespace ropewalk::host
