#include "commands.hpp"

#include "base/text.hpp"
#include "report/numbers.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/history.hpp>
#include <ropewalk/report.hpp>
#include <ropewalk/retention.hpp>

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
    if (const auto gone = options.dry_run ? Result<void>() : remove_run(stock.folders[place].path); !gone) {
      good = false;
      for (const Error& error : gone.error().list) screen.say(fmt::format("ropewalk: {}\n", error.message));
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
