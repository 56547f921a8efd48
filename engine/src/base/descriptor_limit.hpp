#pragma once
// The limit on open descriptors of this process. Ropewalk's programs raise the soft limit almost to the hard limit.
// They reserve a few descriptors, so that a process whose tasks or hosts have used all others can still receive
// messages. Programs started by tasks get the user's original limit, because some cannot handle descriptors beyond
// 1,023 (select()).

#include <cstdint>
#include <mutex>

namespace ropewalk {

/// The size of the reserve: a few descriptors, or enough for every host to send some at once.
enum class KeepBack { few, many };
/// Call before other threads start. `users` is the user's own soft limit; 0 means the current one.
void raise_descriptor_limit(KeepBack keep_back = KeepBack::few, std::uint64_t users = 0);

/// The user's own soft limit.
std::uint64_t users_descriptor_limit();

/// The soft limit set by raise_descriptor_limit(), or the current one if that was not called.
std::uint64_t descriptor_limit();

/// Allows this process to use the reserved descriptors during its lifetime. Hold it for a system call or two. Any
/// thread.
class DescriptorReserve {
 public:
  DescriptorReserve();
  ~DescriptorReserve();
  DescriptorReserve(const DescriptorReserve&) = delete;
  DescriptorReserve& operator=(const DescriptorReserve&) = delete;

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace ropewalk
