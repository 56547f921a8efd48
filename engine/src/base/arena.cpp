#include "base/arena.hpp"

#include <algorithm>

namespace ropewalk {
namespace {

constexpr std::size_t kBlock = 64 << 10;
constexpr std::size_t kMaxKept = 4 << 20;

}  // namespace

void Arena::add_block(std::size_t at_least) {
  const std::size_t size = std::max(at_least, kBlock);
  blocks_.push_back(std::make_unique_for_overwrite<char[]>(size));
  next_ = blocks_.back().get();
  left_ = size;
  allocated_ += size;
}

void Arena::clear() {
  if (blocks_.size() == 1 && allocated_ <= kMaxKept) {
    next_ = blocks_.front().get();
    left_ = allocated_;
    return;
  }
  // Replace several blocks with one, because the next fill is likely to have the same size.
  const std::size_t wanted = std::min(allocated_, kMaxKept);
  blocks_.clear();
  next_ = nullptr;
  left_ = allocated_ = 0;
  if (wanted != 0) add_block(wanted);
}

}  // namespace ropewalk
