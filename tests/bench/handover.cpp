// Transfers 64 MB from one process to another, including reading it there: through Ropewalk, from a task to a task in
// another host, and through an AF_UNIX stream, as a program without Ropewalk would do it.

#include "handover.hpp"

#include "system.hpp"
#include "work.hpp"

#include <ropewalk/engine.hpp>

#include <fmt/format.h>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace ropewalk::bench {
namespace {

constexpr std::int64_t kSize = 64 << 20;
constexpr std::uint64_t kSum = std::uint64_t{0x0707070707070707} * (kSize / 8);
constexpr int kTries = 3;

double median(std::vector<double> of) {
  std::nth_element(of.begin(), of.begin() + static_cast<std::ptrdiff_t>(of.size() / 2), of.end());
  return of[of.size() / 2];
}

std::uint64_t sum_of(const char* data, std::size_t size) {
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at + 8 <= size; at += 8) {
    std::uint64_t word;
    std::memcpy(&word, data + at, 8);
    sum += word;
  }
  return sum;
}

/// Runs in the child: reads everything, adds it up, sends the sum back.
void reader(int socket) {
  std::vector<char> buffer(1 << 20);
  for (;;) {
    std::uint64_t sum = 0;
    for (std::int64_t left = kSize; left > 0;) {
      // Whole buffers, so that a word is never split.
      std::size_t have = 0;
      while (have < buffer.size()) {
        const ssize_t got = ::read(socket, buffer.data() + have, buffer.size() - have);
        if (got <= 0) ::_exit(0);
        have += static_cast<std::size_t>(got);
      }
      sum += sum_of(buffer.data(), have);
      left -= static_cast<std::int64_t>(have);
    }
    if (::write(socket, &sum, sizeof sum) != sizeof sum) ::_exit(1);
  }
}

}  // namespace

double stream_handover_ms() {
  int sockets[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) give_up("no socketpair");
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(sockets[0]);
    reader(sockets[1]);
  }
  ::close(sockets[1]);
  std::vector<char> data(kSize, 7);
  std::vector<double> ms;
  for (int i = 0; i < kTries; ++i) {
    const auto start = Clock::now();
    for (std::size_t at = 0; at < data.size();) {
      const ssize_t put = ::write(sockets[0], data.data() + at, std::min<std::size_t>(data.size() - at, 1 << 20));
      if (put <= 0) give_up("the stream broke");
      at += static_cast<std::size_t>(put);
    }
    std::uint64_t sum = 0;
    if (::read(sockets[0], &sum, sizeof sum) != sizeof sum || sum != kSum) give_up("the stream gave wrong data");
    ms.push_back(seconds_since(start) * 1e3);
  }
  ::close(sockets[0]);
  ::waitpid(child, nullptr, 0);
  return median(ms);
}

double ropewalk_handover_ms() {
  Engine engine({.programs = ROPEWALK_BENCH_PROGRAMS, .plugin_folders = {ROPEWALK_BENCH_PLUGINS}, .log = {}});
  // Hosts of different shapes, so that the second task cannot run in the process of the first.
  const std::string text = fmt::format(R"(ropewalk: 1
name: handover
stages:
  - {{name: fill, task: load.fill, executor: thread, workers: 2, with: {{size: {}}}}}
  - name: read
    task: load.read
    executor: process
    workers: 1
    with: {{data: "${{{{ stages.fill.results[0].data }}}}", since: "${{{{ stages.fill.results[0].at }}}}"}}
)",
                                       kSize);
  const Result<Workflow> workflow = parse_workflow(text, "handover");
  if (!workflow) give_up(workflow.error().list.front().message);
  const Result<Plan> plan = engine.plan(*workflow);
  if (!plan) give_up(plan.error().list.front().message);
  std::vector<double> ms;
  for (int i = 0; i <= kTries; ++i) {
    const RunResult result = engine.run(*plan, {.keep_results = true});
    if (result.outcome != Outcome::succeeded)
      give_up("handover: " + (result.failures.empty() ? result.why : result.failures[0].message));
    result.results->visit(1, [&](const KeptResults::Row& row) {
      const Map& fields = *row.value->as_map();
      if (*fields.at("sum").as_int() != static_cast<std::int64_t>(kSum)) give_up("handover: wrong data");
      // the first one includes the start of the hosts
      if (i != 0) ms.push_back(static_cast<double>(*fields.at("ns").as_int()) * 1e-6);
    });
  }
  return median(ms);
}

}  // namespace ropewalk::bench
