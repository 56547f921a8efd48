#include "hosts/host_memory_cache.hpp"

#include <ropewalk/codes.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace ropewalk {
namespace {

constexpr std::size_t kMaxSpare = 16;  // of 1.1 MB each

}  // namespace

Result<CachedMemory> HostMemoryCache::take(std::size_t output_bytes) {
  while (!spare_.empty()) {
    CachedMemory cached = std::move(spare_.back());
    spare_.pop_back();
    // The open file of the output was shared with the task, which may have changed its flags and its place.
    if (cached.output_bytes == output_bytes && board::make_like_new(cached.memory) &&
        board::empty_output(cached.output.get()) && ::fcntl(cached.output.get(), F_SETFL, 0) == 0)
      return cached;
  }
  Result<board::HostMemory> memory = board::make_host_memory(board::Layout::for_one_task());
  if (!memory) return memory.error();
  Fd output = board::make_output(output_bytes);
  if (!output)
    return Error{codes::kNoHost,
                 fmt::format("cannot start a host: {}", std::strerror(errno)),
                 {},
                 {"raise the limit of open files (ulimit -n), or use fewer `workers`"}};
  return CachedMemory{std::move(*memory), std::move(output), output_bytes};
}

void HostMemoryCache::give_back(CachedMemory cached) {
  if (cached.memory.inbox && cached.output && spare_.size() < kMaxSpare) spare_.push_back(std::move(cached));
}

}  // namespace ropewalk
