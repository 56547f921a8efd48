#include "plugin_files/image.hpp"

#include "base/failpoint.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace ropewalk {
namespace {

constexpr std::uint64_t kMaxImageBytes = 256u << 20;  // a larger file is not worth the memory
constexpr std::size_t kNameBytes = 200;               // the kernel takes 249

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

/// Kernels since 6.3 expect MFD_EXEC; older ones reject it.
Fd make_memfd(const std::string& name) {
  if (const int error = ROPEWALK_FAILPOINT("plugin.copy"); error != 0) return errno = error, Fd();
  const std::string shown = name.substr(0, kNameBytes);
  Fd memfd(::memfd_create(shown.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC));
  if (!memfd && errno == EINVAL) memfd = Fd(::memfd_create(shown.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
  return memfd;
}

bool fill(int memfd, int file, std::uint64_t bytes) {
  off_t at = 0;
  while (static_cast<std::uint64_t>(at) < bytes) {
    const ssize_t sent = ::sendfile(memfd, file, &at, bytes - static_cast<std::uint64_t>(at));
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;  // it has become shorter, or cannot be read
  }
  return true;
}

}  // namespace

std::shared_ptr<const PluginImage> PluginImage::copy(int file, std::uint64_t bytes, const std::string& name) {
  if (bytes > kMaxImageBytes) return nullptr;
  Fd memfd = make_memfd(name);
  if (!memfd || !fill(memfd.get(), file, bytes)) return nullptr;
  if (::fcntl(memfd.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) return nullptr;
  return std::shared_ptr<const PluginImage>(new PluginImage(std::move(memfd), bytes, {}));
}

PluginBuild build_of(const Plugin& plugin) {
  return {.file = plugin.path, .identity = plugin.identity, .image = plugin.image, .interpreter = plugin.interpreter};
}

std::shared_ptr<const PluginImage> PluginImage::of_program(Fd program, std::string plugin) {
  return std::shared_ptr<const PluginImage>(new PluginImage(std::move(program), 0, std::move(plugin)));
}

}  // namespace ropewalk
