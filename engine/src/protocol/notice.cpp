#include "protocol/notice.hpp"

#include <algorithm>
#include <cstring>

namespace ropewalk::board {
namespace {

constexpr std::size_t kMaxBytes = kNoticeBytes - sizeof(NoticeHead);

}  // namespace

bool post_notice(std::byte* inbox, const Layout& layout, std::uint64_t number, std::string_view setup) {
  if (setup.size() > kMaxBytes) return false;
  std::byte* at = inbox + layout.notice_at();
  auto& head = *reinterpret_cast<NoticeHead*>(at);
  std::memcpy(at + sizeof head, setup.data(), setup.size());
  head.size = setup.size();
  head.number.store(number, std::memory_order_release);  // an item's own release makes it visible to the worker
  return true;
}

std::optional<std::string> read_notice(const std::byte* inbox, const Layout& layout, std::uint64_t number) {
  const std::byte* at = inbox + layout.notice_at();
  const auto& head = *reinterpret_cast<const NoticeHead*>(at);
  if (head.number.load(std::memory_order_acquire) != number) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(at + sizeof head), std::min<std::uint64_t>(head.size, kMaxBytes));
}

}  // namespace ropewalk::board
