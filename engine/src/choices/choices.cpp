#include "choices/choices.hpp"

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

}  // namespace ropewalk
