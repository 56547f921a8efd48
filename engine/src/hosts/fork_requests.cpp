#include "hosts/fork_requests.hpp"

namespace ropewalk {
namespace {

constexpr std::size_t kStagesRemembered = 16;

}  // namespace

std::optional<std::uint32_t> ForkRequests::find(const wire::StageSetup& stage) const {
  for (const auto& [number, known] : known_)
    if (known == stage) return number;
  return std::nullopt;
}

void ForkRequests::remember(std::uint32_t number, const wire::StageSetup& stage) {
  known_.emplace_front(number, stage);
  if (known_.size() > kStagesRemembered) known_.pop_back();
}

bool ForkRequests::refuse(std::uint64_t host, std::string why) {
  if (requested_.erase(host) == 0) return false;
  refused_.emplace_back(host, std::move(why));
  return true;
}

}  // namespace ropewalk
