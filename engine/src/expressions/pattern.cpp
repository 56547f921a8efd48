#include "expressions/pattern.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <array>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace ropewalk {
namespace {

constexpr std::int64_t kPatternMemory = 1 << 20;     // bytes of a compiled pattern and of what RE2 keeps to match it
constexpr std::uint64_t kStepsAnInstruction = 25;    // to compile it
constexpr std::uint64_t kStepsOfARefusal = 500'000;  // RE2 may find only late that a pattern is too large
constexpr std::uint64_t kInstructionsAtOnce = 32;    // that are matched in the time of one
constexpr int kMaxGroups = 100;

/// The same few patterns are evaluated for every task.
class Patterns {
 public:
  const RE2& get(const std::string& pattern) {
    for (const auto& each : compiled_)
      if (each && each->pattern() == pattern) return *each;
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kPatternMemory);
    auto& place = compiled_[next_++ % compiled_.size()];
    place = std::make_unique<RE2>(pattern, options);
    return *place;
  }

 private:
  std::array<std::unique_ptr<RE2>, 16> compiled_;
  std::size_t next_ = 0;
};

/// Null, with the cause in `problem`: it is none, or the budget is spent. Charges the same whether it was compiled now.
const RE2* compiled(const std::string& pattern, Budget& budget, std::string& problem) {
  thread_local Patterns patterns;
  if (!budget.scan(pattern.size(), problem)) return nullptr;
  const RE2& regex = patterns.get(pattern);
  if (!regex.ok()) {
    if (budget.spend(kStepsOfARefusal, problem))
      problem = fmt::format("this is no regular expression: {}", regex.error());
    return nullptr;
  }
  const auto size = static_cast<std::uint64_t>(regex.ProgramSize());
  if (!budget.spend(size * kStepsAnInstruction, problem)) return nullptr;
  if (regex.NumberOfCapturingGroups() > kMaxGroups)
    return problem = fmt::format("a regular expression has at most {} groups", kMaxGroups), nullptr;
  return &regex;
}

}  // namespace

std::string pattern_problem(const std::string& pattern, Budget& budget) {
  std::string problem;
  compiled(pattern, budget, problem);
  return problem;
}

bool match_pattern(const std::string& text, const std::string& pattern, Value& out, Budget& budget,
                   std::string& problem) {
  const RE2* regex = compiled(pattern, budget, problem);
  if (regex == nullptr) return false;
  const auto instructions = static_cast<std::uint64_t>(regex->ProgramSize());
  if (!budget.search(text.size() * (1 + instructions / kInstructionsAtOnce), problem)) return false;
  std::vector<re2::StringPiece> groups(static_cast<std::size_t>(regex->NumberOfCapturingGroups()) + 1);
  if (!regex->Match(text, 0, text.size(), RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size())))
    return out = Value(), true;
  List list;
  list.reserve(groups.size());
  for (const re2::StringPiece& group : groups)
    list.push_back(group.data() == nullptr ? Value() : Value(std::string(group.data(), group.size())));
  return out = std::move(list), true;
}

}  // namespace ropewalk
