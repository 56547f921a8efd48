#pragma once
// A sequence that grows at its end and whose elements are released one by one, in any order. Only pages with elements
// take memory. An index is never used a second time. One thread.

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace ropewalk {

/// `T` has a default constructor.
template <class T, std::size_t kBits = 12>
class Pages {
 public:
  /// Elements that were ever added.
  std::uint64_t size() const { return size_; }
  /// Whether the page of the element is there: always, unless it was released.
  bool has(std::uint64_t index) const {
    const std::uint64_t page = index >> kBits;
    return page >= first_ && page - first_ < pages_.size() && pages_[page - first_];
  }
  T& operator[](std::uint64_t index) { return pages_[(index >> kBits) - first_]->elements[index & kMask]; }
  const T& operator[](std::uint64_t index) const { return pages_[(index >> kBits) - first_]->elements[index & kMask]; }

  void push_back(T element) {
    page_of(size_)->elements[size_ & kMask] = std::move(element);
    ++size_;
  }
  /// Adds copies of `element` until there are so many.
  void grow(std::uint64_t size, const T& element) {
    while (size_ < size) {
      const std::size_t used = size_ & kMask;
      const auto more = static_cast<std::size_t>(std::min<std::uint64_t>(size - size_, kPage - used));
      std::fill_n(page_of(size_)->elements.begin() + used, more, element);
      size_ += more;
    }
  }
  /// The element is not used any more. Once for each. A page without others is freed.
  void release(std::uint64_t index) {
    std::unique_ptr<Page>& page = pages_[(index >> kBits) - first_];
    assert(page && page->left != 0);
    if (--page->left != 0) return;
    page.reset();
    if (++freed_ * 2 > pages_.size()) forget_front();
  }
  /// The first index whose page is there, size() if there is none; and the next such after `index`.
  std::uint64_t first() const { return there(first_ << kBits); }
  std::uint64_t next(std::uint64_t index) const { return there(index + 1); }
  /// Pages that are there: for tests.
  std::size_t pages() const { return pages_.size() - freed_; }

 private:
  static constexpr std::size_t kPage = std::size_t{1} << kBits;
  static constexpr std::uint64_t kMask = kPage - 1;
  struct Page {
    std::size_t left = kPage;  // elements that were not released, those to come included
    std::array<T, kPage> elements;
  };

  std::uint64_t there(std::uint64_t index) const {
    while (index < size_ && !has(index)) index = ((index >> kBits) + 1) << kBits;
    return index < size_ ? index : size_;
  }
  Page* page_of(std::uint64_t index) {
    const std::uint64_t page = (index >> kBits) - first_;
    if (page == pages_.size()) pages_.push_back(std::make_unique_for_overwrite<Page>());
    return pages_[page].get();
  }
  void forget_front() {
    std::size_t gone = 0;
    while (gone < pages_.size() && !pages_[gone]) ++gone;
    if (gone * 2 < pages_.size()) return;
    pages_.erase(pages_.begin(), pages_.begin() + static_cast<std::ptrdiff_t>(gone));
    first_ += gone;
    freed_ -= gone;
  }

  std::vector<std::unique_ptr<Page>> pages_;  // null: all of it was released
  std::uint64_t first_ = 0;                   // number of the first of them
  std::size_t freed_ = 0;                     // null pages
  std::uint64_t size_ = 0;
};

}  // namespace ropewalk
