#include "hosts/job_tokens.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace ropewalk {

std::string JobTokens::path() {
  if (!read_) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return {};
    read_ = Fd(ends[0]), write_ = Fd(ends[1]);
  }
  return fmt::format("/proc/{}/fd/{}", ::getpid(), read_.get());
}

void JobTokens::offer(unsigned cores) {
  if (!read_) return;
  unsigned kept = offered_ - missing_;
  for (; kept < cores && missing_ > 0; ++kept) --missing_;
  for (; kept < cores && ::write(write_.get(), "+", 1) == 1; ++kept) ++offered_;
  missing_ += kept - std::min(kept, cores);
  for (char token; missing_ > 0 && ::read(read_.get(), &token, 1) == 1; --missing_) --offered_;
}

}  // namespace ropewalk
