// A program with linked plugins, which linked_program_test starts, moves, kills and misuses.
//
//   linked_program run | chdir | fork | replace FILE | delete | hang
//
// Each call of main() adds a line to the file LINKED_MARK. With LINKED_EARLY a constructor of a static object uses an
// engine and adds what came of it.

#include "kit.hpp"

#include <ropewalk/engine.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

void mark(const std::string& line) {
  if (const char* file = std::getenv("LINKED_MARK")) std::ofstream(file, std::ios::app) << line + "\n";
}

struct Early {
  Early() {
    if (std::getenv("LINKED_EARLY") == nullptr) return;
    ropewalk::Engine engine;
    const auto plugin = engine.plugin("kit");
    mark(plugin ? "early " + (*plugin)->version : "early " + plugin.error().list.front().code);
  }
} const early;

int square(ropewalk::Pool& pool, int value) { return pool.submit({{"value", value}}).get().get<int>("value").value(); }

int run() {
  ropewalk::Engine engine;
  ropewalk::Pool pool = engine.pool("kit.square", {.executor = "process", .workers = 2});
  std::printf("%d\n", square(pool, 6));
  return 0;
}

/// `change` is called between two hosts.
template <class Change>
int run_around(Change change) {
  ropewalk::Engine engine;
  for (const char* executor : {"process", "process-per-task"}) {
    ropewalk::Pool squares = engine.pool("kit.square", {.executor = executor, .workers = 1});
    ropewalk::Pool broken = engine.pool("kit.break", {.executor = executor, .workers = 1});
    std::printf("%d\n", square(squares, 2));
    if (std::string_view(executor) == "process") change();
    try {
      broken.submit({{"how", "crash"}}).get();
    } catch (const ropewalk::TaskError& error) {
      const bool named = error.failure().evidence.find("write_to_null") != std::string::npos;
      std::printf("%s\n", named ? "crashed in write_to_null" : error.failure().evidence.c_str());
    }
    broken.submit({{"how", "well"}}).get();
    std::printf("%d\n", square(squares, 3));
  }
  return 0;
}

int fork_and_run() {
  const pid_t child = ::fork();
  if (child == 0) std::exit(run());
  int status = 0;
  ::waitpid(child, &status, 0);
  return run() + status;
}

int hang() {
  struct Ready final : ropewalk::Observer {
    void tasks_started(std::int64_t, std::uint32_t, std::span<const ropewalk::TaskStarted> tasks) override {
      if ((started += tasks.size()) == 2) std::puts("ready"), std::fflush(stdout);
    }
    std::size_t started = 0;
  } ready;
  ropewalk::Engine engine;
  ropewalk::PoolOptions options{.executor = "process", .workers = 2};
  options.observer = &ready;
  ropewalk::Pool pool = engine.pool("kit.break", options);
  for (int i = 0; i < 2; ++i) pool.submit({{"how", "hang"}});
  pool.wait();
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  ropewalk::test::main_has_run = true;
  mark("main");
  const std::string_view what = argc > 1 ? argv[1] : "";
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe");
  if (what == "run") return run();
  if (what == "fork") return fork_and_run();
  if (what == "chdir") return ::chdir("/") == 0 ? run() : 1;
  if (what == "replace" && argc == 3) return run_around([&] { std::filesystem::rename(argv[2], self); });
  if (what == "delete") return run_around([&] { std::filesystem::remove(self); });
  if (what == "hang") return hang();
  return 2;
}
