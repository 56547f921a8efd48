#include "run/progress_book.hpp"

#include <utility>

namespace ropewalk {

bool ProgressBook::take(const TaskProgress& progress) {
  Latest& latest = attempts_[progress.index];
  if (latest.attempt != progress.attempt) {
    latest = {.attempt = progress.attempt};
    return true;
  }
  latest.held = true;
  latest.fraction = progress.fraction;
  latest.text = progress.text;
  return false;
}

void ProgressBook::pass_on_held(const std::function<void(const TaskProgress&)>& report) {
  for (auto& [index, latest] : attempts_)
    if (std::exchange(latest.held, false))
      report({.index = index, .attempt = latest.attempt, .fraction = latest.fraction, .text = latest.text});
}

}  // namespace ropewalk
