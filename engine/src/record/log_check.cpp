#include "record/log_check.hpp"

#include "base/fd.hpp"
#include "record/big_endian.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <string>
#include <string_view>

namespace ropewalk::record {
namespace {

constexpr std::size_t kLogHeaderBytes = 32, kFrameHeaderBytes = 24;
constexpr std::uint32_t kLogMagic = 0x377f0682;  // its last bit: checksums are of big-endian words

/// Two sums that go on from frame to frame.
struct Checksum {
  std::uint32_t first = 0, second = 0;
  bool operator==(const Checksum&) const = default;

  void add(const char* bytes, std::size_t size, bool words_are_big_endian) {
    for (std::size_t i = 0; i + 8 <= size; i += 8) {
      std::array<std::uint32_t, 2> words{big_endian(bytes + i), big_endian(bytes + i + 4)};
      if (!words_are_big_endian)
        for (std::uint32_t& word : words) word = __builtin_bswap32(word);
      first += words[0] + second;
      second += words[1] + first;
    }
  }
};

Checksum checksum_at(const char* at) { return {big_endian(at), big_endian(at + 4)}; }

}  // namespace

std::optional<LogDamage> find_log_damage(const std::filesystem::path& log) {
  const Fd fd(::open(log.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat about {};
  if (!fd || ::fstat(fd.get(), &about) != 0 || !S_ISREG(about.st_mode)) return std::nullopt;
  const auto size = static_cast<std::uint64_t>(about.st_size);
  std::array<char, kLogHeaderBytes> header{};
  if (read_at(fd.get(), header.data(), header.size(), 0) != static_cast<std::int64_t>(header.size()))
    return std::nullopt;  // it ends within its first write
  const std::uint32_t magic = big_endian(header.data()), page = big_endian(header.data() + 8);
  const bool big_words = (magic & 1) != 0;
  Checksum sum;
  sum.add(header.data(), 24, big_words);
  if ((magic & ~1u) != kLogMagic || sum != checksum_at(header.data() + 24) || page < 512 || page > 65536)
    return LogDamage{.at = 0, .size = size};
  const std::string_view salts(header.data() + 16, 8);

  std::optional<LogDamage> damage;
  std::string frame(kFrameHeaderBytes + page, '\0');
  for (std::uint64_t at = kLogHeaderBytes; at + frame.size() <= size; at += frame.size()) {
    if (read_at(fd.get(), frame.data(), frame.size(), at) != static_cast<std::int64_t>(frame.size())) break;
    const bool of_this_log = std::string_view(frame).substr(8, 8) == salts;  // others are older
    if (damage) {
      const bool ends_a_write = big_endian(frame.data() + 4) != 0;
      if (of_this_log && ends_a_write) return damage;
      continue;
    }
    sum.add(frame.data(), 8, big_words);
    sum.add(frame.data() + kFrameHeaderBytes, page, big_words);
    if (!of_this_log || sum != checksum_at(frame.data() + 16)) damage = LogDamage{.at = at, .size = size};
  }
  return std::nullopt;
}

}  // namespace ropewalk::record
