#include "protocol/blob.hpp"

#include "base/descriptor_limit.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace ropewalk::board {
namespace {

constexpr int kShape = F_SEAL_SHRINK | F_SEAL_GROW;

std::uint64_t page_size() { return static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)); }

bool allocate(int fd, std::uint64_t offset, std::uint64_t size) {
  int error = 0;
  do error = ::posix_fallocate(fd, static_cast<off_t>(offset), static_cast<off_t>(size));
  while (error == EINTR);
  return error == 0;
}

}  // namespace

std::shared_ptr<const Blob> Blob::adopt(Fd memfd, std::uint64_t max_bytes) {
  constexpr int kWanted = F_SEAL_WRITE | kShape;
  constexpr std::uint64_t kBlock = 512;  // unit of st_blocks
  const int seals = ::fcntl(memfd.get(), F_GET_SEALS);
  struct stat status {};
  if (seals < 0 || (seals & kWanted) != kWanted || ::fstat(memfd.get(), &status) != 0) return nullptr;
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size == 0 || size > max_bytes || static_cast<std::uint64_t>(status.st_blocks) < (size + kBlock - 1) / kBlock)
    return nullptr;
  Mapping mapping = map_known(memfd.get(), size, Access::read);
  if (!mapping) return nullptr;
  return std::shared_ptr<const Blob>(new Blob(std::move(memfd), std::move(mapping)));
}

std::shared_ptr<const Blob> Blob::of_file(int file, std::uint64_t offset, std::uint64_t size) {
  void* const data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file, static_cast<off_t>(offset));
  if (data == MAP_FAILED) return nullptr;
  return std::shared_ptr<const Blob>(new Blob(Fd(), Mapping(data, size)));
}

Mapping GrowingBlob::add(std::uint64_t size, std::uint64_t& offset) {
  if (!memfd_) {
    const DescriptorReserve reserve;
    memfd_ = Fd(::memfd_create("ropewalk-buffer", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  }
  offset = (size_ + page_size() - 1) / page_size() * page_size();
  if (!memfd_ || size == 0 || !allocate(memfd_.get(), offset, size)) return {};
  void* data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, memfd_.get(), static_cast<off_t>(offset));
  if (data == MAP_FAILED) return {};
  ::madvise(data, size, MADV_DONTFORK);  // a child forked by a task would otherwise prevent sealing
  size_ = offset + size;
  return Mapping(data, size);
}

Fd GrowingBlob::seal(std::string_view bytes, std::uint64_t& offset) {
  GrowingBlob self = std::exchange(*this, {});
  offset = padded(self.size_);
  if (!self.memfd_ || !allocate(self.memfd_.get(), offset, std::max<std::size_t>(bytes.size(), 1)) ||
      !write_at(self.memfd_.get(), bytes, offset))
    return Fd();
  if (::fcntl(self.memfd_.get(), F_ADD_SEALS, F_SEAL_WRITE | kShape | F_SEAL_SEAL) == 0) return std::move(self.memfd_);
  // A mapping still exists, so copy: sent bytes must not change.
  const Mapping all = map(self.memfd_.get(), offset + bytes.size(), Access::read);
  return all ? make_blob(all.text()) : Fd();
}

}  // namespace ropewalk::board
