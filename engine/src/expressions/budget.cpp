#include "expressions/budget.hpp"

#include "base/text.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

namespace ropewalk {
namespace {

template <bool kShared>
std::size_t bytes_of(const Value& value) {
  std::size_t bytes = sizeof value;
  if (const SharedBytes* shared = value.as_shared()) return bytes + (kShared ? shared->bytes().size() : 0);
  if (const SharedList* shared = value.as_shared_list(); shared && (!kShared || shared->is_range()))
    return bytes + (kShared ? shared->size() * sizeof value : 0);
  if (const std::string* text = value.as_string()) bytes += text->size();
  if (const List* list = value.as_list())
    for (const Value& element : *list) bytes += bytes_of<kShared>(element);
  if (const Map* map = value.as_map())
    for (const auto& [name, member] : *map) bytes += sizeof name + name.size() + bytes_of<kShared>(member);
  return bytes;
}

}  // namespace

Budget Budget::of_plan(std::uint64_t bytes) {
  Budget budget(kPlanSteps, kPlanBytes);
  budget.of_plan_ = true;
  budget.granted_steps_ = budget.granted_bytes_ = 4 * bytes;
  return budget;
}

bool Budget::spend(std::uint64_t steps, std::string& problem) {
  steps_ += steps;
  if (steps_ <= max_steps_ + granted_steps_) return true;
  spent_ = true;
  problem = fmt::format("it handles more than {} million elements", static_cast<double>(max_steps_) / 1e6);
  return false;
}

bool Budget::make(std::uint64_t bytes, std::string& problem) {
  if (!has_room(bytes, problem)) return false;
  bytes_ += bytes;
  return spend(bytes / kBytesMade + 1, problem);
}

bool Budget::has_room(std::uint64_t bytes, std::string& problem) {
  const std::uint64_t most = max_bytes_ + granted_bytes_;
  if (bytes <= most && bytes_ <= most - bytes) return true;
  spent_ = true;
  problem = fmt::format("it makes more than {} of values", size_text(max_bytes_));
  return false;
}

void report_costs(Budget& budget, Diagnostics& diagnostics, Place place, std::string_view what,
                  std::string_view problem) {
  if (!budget.first_report()) return;
  diagnostics.add(
      codes::kNoValue, std::move(place), fmt::format("{}{}{}", what, what.empty() ? "" : ": ", problem),
      {fmt::format(
           "all that a workflow has evaluated before it runs handles at most {} million elements and makes at most {}",
           Budget::kPlanSteps / 1'000'000, size_text(Budget::kPlanBytes)),
       "let tasks make what is large, or read it from a file with foreach: {lines: FILE}"});
}

std::size_t footprint(const Value& value) { return bytes_of<false>(value); }
std::size_t extent(const Value& value) { return bytes_of<true>(value); }

}  // namespace ropewalk
