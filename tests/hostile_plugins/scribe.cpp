// A plugin that buffers its output, which only an orderly end of its process flushes.

#include <ropewalk/sdk/task.hpp>

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>

namespace {

/// Written to a stdio buffer while the plugin is loaded: "PID".
std::FILE* const loads = [] {
  const char* name = std::getenv("SCRIBE_LOADS");
  std::FILE* file = name == nullptr ? nullptr : std::fopen(name, "ae");
  if (file != nullptr) std::fprintf(file, "%d\n", getpid());
  return file;
}();

struct Log {
  std::mutex mutex;
  std::ofstream file;
  bool hangs = false;
  ~Log() {
    while (hangs) pause();
  }
} log_;

struct Note {
  std::filesystem::path file;
  std::string at_end;
  struct Result {
    std::int64_t index = 0;
  };
  Result run(ropewalk::Call& call) const {
    const std::lock_guard lock(log_.mutex);
    if (!log_.file.is_open()) log_.file.open(file, std::ios::app);
    log_.file << "task " << call.index() << '\n';
    std::printf("[%llu]", static_cast<unsigned long long>(call.index()));
    log_.hangs = at_end == "hang";
    return {static_cast<std::int64_t>(call.index())};
  }
  static void describe(ropewalk::TaskType<Note>& task) {
    task.summary("Notes its index in a buffered file.")
        .thread_safe()
        .param("file", &Note::file, "to note it in")
        .param("at_end", &Note::at_end, "what the end of the process does: write or hang")
        .result("index", &Result::index, "its own");
  }
};

}  // namespace

ROPEWALK_PLUGIN("scribe", "1.0.0", ropewalk::task<Note>("note"))
