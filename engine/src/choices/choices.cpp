#include "choices/choices.hpp"

#include <charconv>

namespace ropewalk {

WordTable<OnError> on_error_words() {
  static constexpr Word<OnError> kWords[] = {
      {"continue", OnError::proceed}, {"stop", OnError::stop}, {"ignore", OnError::ignore}};
  return kWords;
}

WordTable<OnDrift> drift_words() {
  static constexpr Word<OnDrift> kWords[] = {{"keep", OnDrift::keep}, {"replace", OnDrift::replace}};
  return kWords;
}

WordTable<After> after_words() {
  static constexpr Word<After> kWords[] = {
      {"success", After::success}, {"failure", After::failure}, {"any", After::any}};
  return kWords;
}

WordTable<FileCheck> file_check_words() {
  static constexpr Word<FileCheck> kWords[] = {{"hash", FileCheck::hash}, {"stat", FileCheck::stat}};
  return kWords;
}

WordTable<RetryKind> retry_kind_words() {
  static constexpr Word<RetryKind> kWords[] = {{"error", RetryKind::error},
                                               {"transient", RetryKind::transient},
                                               {"timeout", RetryKind::timeout},
                                               {"crash", RetryKind::crash},
                                               {"memory", RetryKind::memory}};
  static_assert(std::size(kWords) == kRetryKinds);
  return kWords;
}

std::optional<FailureLimit> failure_limit(std::string_view text) {
  constexpr std::uint64_t kMaxTasks = 1'000'000'000;
  const bool is_part = text.ends_with('%');
  if (is_part) text.remove_suffix(1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool good = error == std::errc() && end == text.data() + text.size();
  if (!good || number == 0 || number > (is_part ? 100 : kMaxTasks)) return std::nullopt;
  return is_part ? FailureLimit{.percent = static_cast<unsigned>(number)} : FailureLimit{.tasks = number};
}

}  // namespace ropewalk
