#include <ropewalk/run_changes.hpp>

#include "base/fd.hpp"
#include "base/text.hpp"
#include "history/time_change.hpp"
#include "report/numbers.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <string_view>

namespace ropewalk {
namespace {

constexpr double kNsPerSecond = 1e9;

/// What is kept of a task of the first run until the second one is read.
struct Kept {
  std::uint64_t index;
  std::int64_t run_ns;
  std::size_t result;  // hash
  Outcome outcome;
};

std::size_t hash_of(std::string_view text) { return std::hash<std::string_view>{}(text); }

/// Of a result that lies in a file, by its bytes.
Result<std::size_t> result_hash(const RecordedAttempt& attempt) {
  if (attempt.result_file.empty()) return hash_of(attempt.result);
  const Fd fd(::open(attempt.result_file.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 1 << 16> block;
  std::size_t hash = 0;
  std::uint64_t at = 0;
  for (std::int64_t got = fd ? 1 : -1; got != 0; at += static_cast<std::uint64_t>(std::max<std::int64_t>(got, 0))) {
    if (fd) got = read_at(fd.get(), block.data(), block.size(), at);
    if (got < 0)
      return Errors(Error{codes::kRecordDamaged,
                          fmt::format("cannot read the result '{}': {}",
                                      escape_for_display(attempt.result_file.string()), std::strerror(errno)),
                          {},
                          {"copy the folder 'data' together with run.db"}});
    if (got > 0) hash = hash * 1099511628211u ^ hash_of({block.data(), static_cast<std::size_t>(got)});
  }
  return hash;
}

void add(std::vector<IndexRange>& ranges, std::uint64_t index) {
  if (!ranges.empty() && ranges.back().last + 1 == index)
    ranges.back().last = index;
  else
    ranges.push_back({index, index});
}

StageChange::Side side_of(const RecordedStage& stage) {
  return {.outcome = std::string(stage.outcome ? outcome_name(*stage.outcome) : "not ended"),
          .wall_s = static_cast<double>(stage.wall_ns) / kNsPerSecond};
}

void count(StageChange::Side& side, Outcome outcome) {
  ++side.tasks;
  side.failed += is_failure(outcome);
}

Result<std::vector<Kept>> tasks_of(const Record& record, const RecordedStage& stage, StageChange::Side& side) {
  std::vector<Kept> all;
  all.reserve(stage.tasks.value_or(0) < (1u << 24) ? stage.tasks.value_or(0) : 0);
  Errors problem;
  const auto read = record.visit(stage.number, [&](const RecordedAttempt& attempt) {
    const auto hash = result_hash(attempt);
    if (!hash && problem.list.empty()) problem = hash.error();
    all.push_back({attempt.index, attempt.run_ns, hash ? *hash : 0, attempt.outcome});
    count(side, attempt.outcome);
  });
  if (!read) return read.error();
  if (!problem.list.empty()) return problem;
  return all;
}

/// Both lists ascend by index.
Result<void> compare(StageChange& change, const std::vector<Kept>& before, const Record& record,
                     const RecordedStage& stage) {
  TimePairs pairs;
  Errors problem;
  auto old = before.begin();
  const auto read = record.visit(stage.number, [&](const RecordedAttempt& attempt) {
    count(change.after, attempt.outcome);
    for (; old != before.end() && old->index < attempt.index; ++old) add(change.only_before, old->index);
    if (old == before.end() || old->index != attempt.index) return add(change.only_after, attempt.index);
    if (old->outcome != attempt.outcome) {
      add(change.outcomes, attempt.index);
    } else if (attempt.outcome == Outcome::succeeded) {
      pairs.add(static_cast<double>(old->run_ns) / kNsPerSecond, static_cast<double>(attempt.run_ns) / kNsPerSecond);
      const auto hash = result_hash(attempt);
      if (!hash && problem.list.empty()) problem = hash.error();
      if (hash && *hash != old->result) add(change.results, attempt.index);
    }
    ++old;
  });
  if (!read) return read.error();
  if (!problem.list.empty()) return problem;
  for (; old != before.end(); ++old) add(change.only_before, old->index);
  change.pairs = pairs.count();
  change.time = pairs.change();
  return {};
}

const RecordedStage* stage_named(const std::vector<RecordedStage>& stages, std::string_view name) {
  const auto found =
      std::find_if(stages.begin(), stages.end(), [&](const RecordedStage& stage) { return stage.name == name; });
  return found == stages.end() ? nullptr : &*found;
}

}  // namespace

Result<std::vector<StageChange>> run_changes(const Record& before, const Record& after) {
  std::vector<StageChange> all;
  for (const RecordedStage& stage : after.stages()) {
    StageChange& change = all.emplace_back(StageChange{.name = stage.name, .after = side_of(stage)});
    std::vector<Kept> tasks;
    if (const RecordedStage* old = stage_named(before.stages(), stage.name)) {
      change.before = side_of(*old);
      auto read = tasks_of(before, *old, change.before);
      if (!read) return read.error();
      tasks = std::move(*read);
    }
    if (const auto compared = compare(change, tasks, after, stage); !compared) return compared.error();
  }
  for (const RecordedStage& stage : before.stages()) {
    if (stage_named(after.stages(), stage.name)) continue;
    StageChange& change = all.emplace_back(StageChange{.name = stage.name, .before = side_of(stage)});
    if (const auto read = tasks_of(before, stage, change.before); !read) return read.error();
  }
  return all;
}

std::uint64_t count_of(const std::vector<IndexRange>& ranges) {
  std::uint64_t count = 0;
  for (const IndexRange& range : ranges) count += range.last - range.first + 1;
  return count;
}

std::string ranges_text(const std::vector<IndexRange>& ranges, std::size_t most) {
  std::string out;
  std::uint64_t rest = 0;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const auto& [first, last] = ranges[i];
    if (i >= most)
      rest += last - first + 1;
    else
      out += fmt::format("{}{}", i == 0 ? "" : ", ",
                         first == last ? std::to_string(first) : fmt::format("{}-{}", first, last));
  }
  return rest == 0 ? out : out + fmt::format(" and {} more", grouped(rest));
}

}  // namespace ropewalk
