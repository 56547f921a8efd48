#pragma once
// How many descriptors this process may have open. Programs of ours raise the soft limit almost to the hard one: a few are
// kept back, so that a process whose tasks or hosts have taken all others can still receive what it is sent. Programs that
// tasks start get the limit that the user had, because some cannot cope with descriptors beyond 1,023 (select()).

#include <cstdint>
#include <mutex>

namespace ropewalk {

/// How many are kept back: a few, or so many that each host may send something at once.
enum class KeepBack { few, many };
/// Before other threads start. `users`: what the user had set the soft limit to; 0: what it is now.
void raise_descriptor_limit(KeepBack keep_back = KeepBack::few, std::uint64_t users = 0);

/// The soft limit as the user set it.
std::uint64_t users_descriptor_limit();

/// The soft limit as raise_descriptor_limit() left it, or else as it is.
std::uint64_t descriptor_limit();

/// While it lives this process may use the descriptors that were kept back. For a system call or two. Any thread.
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
