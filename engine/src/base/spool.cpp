#include "base/spool.hpp"

#include "base/failpoint.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ropewalk {
namespace {

constexpr std::uint64_t kStretch = 64 << 10;  // bytes read from the file at once
constexpr std::size_t kStretches = 64;        // number kept in memory

}  // namespace

void Spool::flush() {
  if (!failed_.empty()) {
    tail_.clear();
    return;
  }
  if (!file_) file_ = unnamed_file();
  if (!file_ || ROPEWALK_FAILPOINT("spool.write") != 0 || !write_at(file_.get(), tail_, in_file_))
    failed_ = std::strerror(errno);
  else
    in_file_ += tail_.size();
  tail_.clear();
}

std::string_view Spool::read(std::uint64_t offset, std::uint64_t size) {
  if (offset >= in_file_) {
    const std::uint64_t at = offset - in_file_;
    return at + size <= tail_.size() ? std::string_view(tail_).substr(at, size) : std::string_view();
  }
  const std::uint64_t number = offset / kStretch, within = offset % kStretch;
  if (within + size <= kStretch) {
    const std::string& bytes = stretch(number);
    return within + size <= bytes.size() ? std::string_view(bytes).substr(within, size) : std::string_view();
  }
  read_.resize(size);
  return read_file(offset, read_, size) ? std::string_view(read_) : std::string_view();
}

bool Spool::copy(std::uint64_t offset, std::uint64_t size, char* into) const {
  const std::uint64_t from_file = offset < in_file_ ? std::min(size, in_file_ - offset) : 0;
  if (from_file != 0 && read_at(file_.get(), into, from_file, offset) != static_cast<std::int64_t>(from_file))
    return false;
  const std::uint64_t at = offset + from_file - in_file_, left = size - from_file;
  if (left == 0) return true;
  if (at > tail_.size() || left > tail_.size() - at) return false;
  std::memcpy(into + from_file, tail_.data() + at, left);
  return true;
}

const std::string& Spool::stretch(std::uint64_t number) {
  if (newest_ < stretches_.size() && stretches_[newest_].number == number) return stretches_[newest_].bytes;
  ++asked_;
  std::size_t oldest = 0;
  for (newest_ = 0; newest_ < stretches_.size(); ++newest_) {
    if (stretches_[newest_].number == number) break;
    if (stretches_[newest_].used < stretches_[oldest].used) oldest = newest_;
  }
  if (newest_ == stretches_.size()) {
    if (stretches_.size() < kStretches)
      stretches_.emplace_back();
    else
      newest_ = oldest;
    Stretch& fresh = stretches_[newest_];
    fresh.number = number;
    fresh.bytes.resize(kStretch);
    read_file(number * kStretch, fresh.bytes, 0);
    // A partial stretch must be read again once more of it is in the file.
    if (fresh.bytes.size() < kStretch) fresh.number = ~std::uint64_t{0};
  }
  stretches_[newest_].used = asked_;
  return stretches_[newest_].bytes;
}

/// Fills `into` up to the end of the file. Returns false if fewer than `least` bytes are available.
bool Spool::read_file(std::uint64_t offset, std::string& into, std::size_t least) {
  const std::int64_t got = read_at(file_.get(), into.data(), into.size(), offset);
  const std::size_t have = got < 0 ? 0 : static_cast<std::size_t>(got);
  into.resize(have);
  return have >= least;
}

}  // namespace ropewalk
