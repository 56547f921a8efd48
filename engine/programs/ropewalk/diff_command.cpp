#include "commands.hpp"
#include "recorded_run.hpp"

#include <ropewalk/run_changes.hpp>

#include <limits>

namespace ropewalk::cli {
namespace {

constexpr std::size_t kShownRanges = 20;

}  // namespace

int diff(const Options& options, Screen& screen) {
  Errors errors;
  std::vector<std::unique_ptr<Record>> records;
  for (const std::size_t operand : {0, 1}) {
    auto record = named_run(options, operand);
    if (record)
      records.push_back(std::move(*record));
    else
      errors.list.push_back(record.error().list.front());
  }
  if (!errors.list.empty()) return refuse(errors, screen);
  const auto changes = run_changes(*records[0], *records[1]);
  if (!changes) return refuse(changes.error(), screen);
  std::string text;
  append_changes(text, records[0]->run(), records[1]->run(), *changes,
                 options.verbose > 0 ? std::numeric_limits<std::size_t>::max() : kShownRanges);
  return print(text, screen) ? 0 : kOutputFailed;
}

}  // namespace ropewalk::cli
