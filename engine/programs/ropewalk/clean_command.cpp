#include "commands.hpp"

#include "base/text.hpp"
#include "history/retention.hpp"
#include "history/run_list.hpp"
#include "record/run_lock.hpp"
#include "report/diagnostics_text.hpp"
#include "report/numbers.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <system_error>

namespace ropewalk::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::string_view kRemoved = ".removed-";  // before the name of a folder that is being removed

/// The option that sets the limit.
std::string_view limiting_option(RemovalReason reason) {
  switch (reason) {
    case RemovalReason::number: return "--keep";
    case RemovalReason::age: return "--older";
    case RemovalReason::size: return "--max-size";
  }
  return "";
}

std::uint64_t bytes_on_disk(const fs::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    struct stat about {};
    if (::lstat(entry->path().c_str(), &about) == 0) bytes += static_cast<std::uint64_t>(about.st_blocks) * 512;
  }
  return bytes;
}

/// The runs that a rule may judge.
struct Inventory {
  std::vector<RunFolder> folders;
  std::vector<StoredRun> runs;
  std::string unreadable;  // diagnostics of records that are left alone
};

Inventory take_stock(const std::vector<RunFolder>& folders, Screen& screen) {
  Inventory all;
  for (const RunFolder& folder : folders) {
    const auto record = open_record(folder.path);
    if (!record) {
      for (const Error& error : record.error().list)
        append_diagnostic(all.unreadable, error, Severity::warning, screen.color());
      continue;
    }
    const RecordedRun& run = (*record)->run();
    all.folders.push_back(folder);
    all.runs.push_back({.started_s = overview(**record).started_unix_ns / kSecond,
                        .bytes = bytes_on_disk(folder.path),
                        .running = run.live()});
  }
  return all;
}

/// Empty: it is gone. A run that was resumed in this moment has its lock taken, and stays. The folder is renamed first,
/// so that no half of a run is ever found under its name.
std::string remove_run(const fs::path& folder) {
  auto lock = record::RunLock::take(folder);
  if (!lock) return lock.error().list.front().message;
  const fs::path doomed = folder.parent_path() / (std::string(kRemoved) + folder.filename().string());
  if (::rename(folder.c_str(), doomed.c_str()) != 0)
    return fmt::format("cannot remove '{}': {}", escape_for_display(folder.string()), std::strerror(errno));
  std::error_code error;
  fs::remove_all(doomed, error);
  return error ? fmt::format("cannot remove '{}': {}", escape_for_display(doomed.string()), error.message()) : "";
}

/// What a clean that was killed has left.
void remove_leftovers(const fs::path& root) {
  std::error_code error;
  for (fs::directory_iterator entry(root / "runs", error), end; !error && entry != end; entry.increment(error))
    if (entry->path().filename().string().starts_with(kRemoved)) {
      std::error_code ignored;  // it is tried again the next time
      fs::remove_all(entry->path(), ignored);
    }
}

}  // namespace

int clean(const Options& options, Screen& screen) {
  const auto folders = run_folders(options.record_folder);
  if (!folders) return refuse(folders.error(), screen);
  const Inventory stock = take_stock(*folders, screen);
  screen.say(stock.unreadable);
  if (!options.dry_run) remove_leftovers(options.record_folder);

  std::string text;
  std::uint64_t bytes = 0, removed = 0;
  bool good = true;
  for (const auto& [place, reason] : removals(stock.runs, options.history.retention, std::time(nullptr))) {
    const std::string why = options.dry_run ? "" : remove_run(stock.folders[place].path);
    if (!why.empty()) {
      good = false;
      screen.say(fmt::format("ropewalk: {}\n", why));
      continue;
    }
    ++removed;
    bytes += stock.runs[place].bytes;
    fmt::format_to(std::back_inserter(text), "{} {} ({}, by {})\n", options.dry_run ? "would remove" : "removed",
                   stock.folders[place].label.name, bytes_text(stock.runs[place].bytes), limiting_option(reason));
  }
  fmt::format_to(std::back_inserter(text), "{} {}, {}; {} left\n", options.dry_run ? "would remove" : "removed",
                 counted(removed, "run"), bytes_text(bytes), counted(folders->size() - removed, "run"));
  return print(text, screen) && good ? 0 : kOutputFailed;
}

}  // namespace ropewalk::cli
