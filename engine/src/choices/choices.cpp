#include "choices/choices.hpp"

namespace ropewalk {

const std::vector<std::string>& executor_names() {
  static const std::vector<std::string> kNames = {"serial", "thread", "thread-per-task", "process", "process-per-task"};
  return kNames;
}

const std::vector<std::string>& on_error_names() {
  static const std::vector<std::string> kNames = {"continue", "stop", "ignore"};
  return kNames;
}

const std::vector<std::string>& drift_names() {
  static const std::vector<std::string> kNames = {"keep", "replace"};
  return kNames;
}

const std::vector<std::string>& after_names() {
  static const std::vector<std::string> kNames = {"success", "failure", "any"};
  return kNames;
}

const std::vector<std::string>& retry_kind_names() {
  static const std::vector<std::string> kNames = {"error", "transient", "timeout", "crash", "memory"};
  return kNames;
}

}  // namespace ropewalk
