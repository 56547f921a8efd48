// Reads what `compare --json` has written, which may come from anywhere.

#include "history/comparison_summary.hpp"

#include "base/text.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/json.hpp>
#include <ropewalk/value.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace ropewalk {
namespace {

constexpr std::int64_t kSchema = 1;
constexpr double kMostNumber = 1e15;  // no time in seconds and no ratio comes near it
constexpr const char *kNumber = "a number from 0 to 1e15", *kNumbers = "a list of numbers from 0 to 1e15";

/// The members of one object of the document. Notes the first that is not what it should be.
class Members {
 public:
  /// `where`: "modes[1]."; empty: the document. Borrows both.
  Members(const Map& map, std::string where, std::string& problem)
      : map_(map), where_(std::move(where)), problem_(problem) {}

  const Value* find(std::string_view key) const {
    const auto found = map_.find(key);
    return found == map_.end() ? nullptr : &found->second;
  }
  void text(std::string_view key, std::string& into, bool wanted = false) {
    const Value* value = find(key);
    if (value == nullptr && !wanted) return;
    if (value == nullptr || value->as_text() == nullptr) return fail(key, "a text");
    into = *value->as_text();
  }
  void number(std::string_view key, double& into) {
    const auto number = number_of(find(key));
    if (!number) return fail(key, kNumber);
    into = *number;
  }
  /// At most `limit`.
  std::uint64_t count(std::string_view key, std::uint64_t limit) {
    const Value* value = find(key);
    const std::int64_t* count = value != nullptr ? value->as_int() : nullptr;
    if (count != nullptr && *count >= 0 && static_cast<std::uint64_t>(*count) <= limit)
      return static_cast<std::uint64_t>(*count);
    fail(key, fmt::format("a whole number from 0 to {}", limit));
    return 0;
  }
  void numbers(std::string_view key, std::vector<double>& into) {
    const List* list = list_of(key, kNumbers);
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
      const auto number = number_of(&(*list)[i]);
      if (!number) return fail(key, kNumbers);
      into.push_back(*number);
    }
  }
  void texts(std::string_view key, std::vector<std::string>& into) {
    const List* list = list_of(key, "a list of texts");
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
      if ((*list)[i].as_text() == nullptr) return fail(key, "a list of texts");
      into.push_back(*(*list)[i].as_text());
    }
  }
  const List* list_of(std::string_view key, std::string_view what) {
    const Value* value = find(key);
    const List* list = value != nullptr ? value->as_list() : nullptr;
    if (list == nullptr) fail(key, what);
    return list;
  }
  void fail(std::string_view key, std::string_view what) {
    if (problem_.empty()) problem_ = fmt::format("its '{}{}' is not {}", where_, key, what);
  }

 private:
  static std::optional<double> number_of(const Value* value) {
    if (value == nullptr) return std::nullopt;
    std::optional<double> number;
    if (const double* real = value->as_float()) number = *real;
    if (const std::int64_t* whole = value->as_int()) number = static_cast<double>(*whole);
    return number && *number >= 0 && *number <= kMostNumber ? number : std::nullopt;
  }

  const Map& map_;
  const std::string where_;
  std::string& problem_;
};

ComparedMode mode_in(const Map& map, const std::string& where, std::string& problem) {
  Members members(map, where, problem);
  ComparedMode mode;
  members.text("mode", mode.name, true);
  members.numbers("wall_s", mode.wall_s);
  if (!mode.wall_s.empty()) {
    MedianInterval& interval = mode.interval.emplace();
    members.number("median_s", interval.median);
    members.number("low_s", interval.low);
    members.number("high_s", interval.high);
    members.number("confidence", interval.confidence);
  }
  if (const Value* faster = members.find("speed_up")) {
    if (faster->as_map() == nullptr) return members.fail("speed_up", "a map"), mode;
    Members change(*faster->as_map(), where + "speed_up.", problem);
    change.number("ratio", mode.speed_up.emplace().ratio);
    change.number("low", mode.speed_up->low);
    change.number("high", mode.speed_up->high);
  }
  members.number("cpu_s", mode.cpu_s);
  constexpr std::uint64_t kMany = std::uint64_t{1} << 53;  // to which a browser counts exactly
  mode.failed = members.count("failed", kMany);
  mode.crashed = members.count("crashed", kMany);
  if (members.find("outliers") == nullptr) {
    mode.outliers = outliers(mode.wall_s);
    return mode;
  }
  std::vector<double> rounds;
  members.numbers("outliers", rounds);
  for (const double round : rounds) {
    const bool is_run = round >= 1 && round <= static_cast<double>(mode.wall_s.size()) && round == std::floor(round);
    if (!is_run) return members.fail("outliers", "a list of rounds"), mode;
    mode.outliers.push_back(static_cast<std::size_t>(round) - 1);
  }
  return mode;
}

ComparisonSummary summary_in(const Map& map, std::string& problem) {
  ComparisonSummary summary;
  Members members(map, "", problem);
  const std::uint64_t schema = members.count("schema", std::numeric_limits<std::int64_t>::max());
  if (problem.empty() && schema != kSchema) {
    problem = fmt::format("its schema is {}, and this ropewalk reads schema {}", schema, kSchema);
    return summary;
  }
  members.text("ropewalk", summary.version, true);
  members.text("workflow", summary.workflow, true);
  summary.rounds = static_cast<unsigned>(members.count("rounds", 1'000'000));
  const List* modes = members.list_of("modes", "a list of maps");
  for (std::size_t i = 0; modes != nullptr && i < modes->size() && problem.empty(); ++i) {
    const Map* mode = (*modes)[i].as_map();
    if (mode == nullptr) return members.fail("modes", "a list of maps"), summary;
    summary.modes.push_back(mode_in(*mode, fmt::format("modes[{}].", i), problem));
  }
  if (modes != nullptr && modes->empty()) members.fail("modes", "a list with a mode");
  members.texts("notes", summary.notes);
  members.text("difference", summary.difference);
  members.text("verdict", summary.verdict);
  members.text("started", summary.started);
  members.text("machine", summary.machine);
  if (members.find("cores") != nullptr) summary.cores = static_cast<unsigned>(members.count("cores", 1'000'000));
  if (const Value* command = members.find("command")) {
    std::vector<std::string> words;
    members.texts("command", words);
    summary.command = to_json(*command);
  }
  return summary;
}

}  // namespace

Result<ComparisonSummary> read_comparison(std::string_view json, std::string_view name) {
  std::string problem;
  const std::optional<Value> value = value_from_json(json, problem);
  ComparisonSummary summary;
  if (!value)
    problem = "it is not JSON: " + problem;
  else if (value->as_map() == nullptr)
    problem = "it is not a JSON object";
  else if (value->as_map()->contains("stages"))
    problem = "it is the document of a run";
  else
    summary = summary_in(*value->as_map(), problem);
  if (problem.empty()) return summary;
  return Errors(Error{codes::kNoComparison,
                      fmt::format("'{}' is not what 'ropewalk compare' has written as JSON: {}",
                                  escape_for_display(name), escape_for_display(problem)),
                      {},
                      {"name the file into which 'ropewalk compare' has printed its JSON"}});
}

}  // namespace ropewalk
