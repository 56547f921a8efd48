#include "history/running_text.hpp"

#include "base/text.hpp"
#include "events/task_name.hpp"
#include "report/numbers.hpp"
#include "values/shown_value.hpp"

#include <ropewalk/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <tuple>

namespace ropewalk {
namespace {

constexpr std::size_t kMaxShown = 20;
constexpr double kNsInSecond = 1e9;

std::string name_of(const Record& record, const RecordedRunning& running) {
  std::string problem;
  const auto item = running.item.empty() ? std::nullopt : shown(value_from_json(running.item, problem));
  return task_name(record.stages()[running.stage].name, running.index, item);
}

}  // namespace

void append_running(std::string& out, const Record& record, std::vector<RecordedRunning> running, std::int64_t now_ns) {
  std::erase_if(running, [&](const RecordedRunning& each) { return each.stage >= record.stages().size(); });
  if (running.empty()) return;
  std::sort(running.begin(), running.end(), [](const RecordedRunning& a, const RecordedRunning& b) {
    return std::tuple(a.started_ns, a.stage, a.index) < std::tuple(b.started_ns, b.stage, b.index);
  });
  const bool live = record.run().live();
  out += live ? "running for a second or longer:\n" : "running when it was killed, for a second or longer:\n";
  for (std::size_t i = 0; i < std::min(kMaxShown, running.size()); ++i) {
    const RecordedRunning& each = running[i];
    const std::int64_t age_ns = std::max<std::int64_t>(now_ns - each.started_ns, 0);
    fmt::format_to(std::back_inserter(out), "  {}: {}, {}process {}\n", name_of(record, each),
                   duration_text(static_cast<double>(age_ns) / kNsInSecond),
                   each.attempt > 1 ? fmt::format("attempt {}, ", each.attempt) : "", each.host);
  }
  if (running.size() > kMaxShown)
    fmt::format_to(std::back_inserter(out), "  ... and {}\n", counted(running.size() - kMaxShown, "other"));
}

}  // namespace ropewalk
