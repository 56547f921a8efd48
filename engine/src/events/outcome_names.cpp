#include <ropewalk/run_result.hpp>

namespace ropewalk {

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warning: return "warning";
    case LogLevel::error: return "error";
  }
  return "";
}

std::string_view bound_name(Bound bound) {
  switch (bound) {
    case Bound::cpu: return "cpu";
    case Bound::io: return "io";
    case Bound::mixed: return "mixed";
  }
  return "";
}

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::succeeded: return "succeeded";
    case Outcome::failed: return "failed";
    case Outcome::crashed: return "crashed";
    case Outcome::exited: return "exited";
    case Outcome::timed_out: return "timed_out";
    case Outcome::out_of_memory: return "out_of_memory";
    case Outcome::cancelled: return "cancelled";
    case Outcome::skipped: return "skipped";
    case Outcome::not_started: return "not_started";
    case Outcome::lost: return "lost";
    case Outcome::left_out: return "left_out";
  }
  return "?";
}

}  // namespace ropewalk
