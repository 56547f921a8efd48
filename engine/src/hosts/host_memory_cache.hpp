#pragma once
// The memory that a host of a single task runs on: a small board and room for output. Setting it up costs more than
// forking the host, so it is used again when its host and all that came of it are dead. One thread.

#include "base/fd.hpp"
#include "protocol/board_memory.hpp"

#include <ropewalk/error.hpp>

#include <cstddef>
#include <vector>

namespace ropewalk {

/// What one host needs.
struct CachedMemory {
  board::HostMemory memory;
  Fd output;
  std::size_t output_bytes = 0;
};

class HostMemoryCache {
 public:
  /// As good as new; refuses as board::make_host_memory() does.
  Result<CachedMemory> take(std::size_t output_bytes);
  /// Nobody else may have it mapped any more.
  void give_back(CachedMemory cached);

 private:
  std::vector<CachedMemory> spare_;
};

}  // namespace ropewalk
