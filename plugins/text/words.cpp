#include "words.hpp"

#include <cstdint>

namespace text {
namespace {

bool is_letter(std::string_view character) {
  std::uint32_t point = static_cast<unsigned char>(character[0]) & (0xffu >> (character.size() + 1));
  for (const char c : character.substr(1)) point = point << 6 | (static_cast<unsigned char>(c) & 0x3fu);
  const auto within = [point](std::uint32_t first, std::uint32_t last) { return first <= point && point <= last; };
  if (point <= 0xbf) return point == 0xaa || point == 0xb5 || point == 0xba;
  if (within(0x3005, 0x3007)) return true;
  return point != 0xd7 && point != 0xf7 && point != 0xfeff && !within(0x2000, 0x206f) && !within(0x3000, 0x303f);
}

/// Length of the character that begins with this byte; 0: no character does.
std::size_t length_of(unsigned char byte) {
  if (byte < 0xc2 || byte > 0xf4) return 0;
  return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

}  // namespace

void Words::put(std::string_view piece) {
  for (const char c : piece) {
    const auto byte = static_cast<unsigned char>(c);
    if (length_ != 0) {
      if (continues(byte)) {
        character_[got_++] = c;
        if (got_ == length_) add({character_, std::exchange(length_, 0)});
        continue;
      }
      length_ = 0;
      separate();
    }
    begin(byte);
  }
}

void Words::end() {
  length_ = 0;
  separate();
}

void Words::begin(unsigned char byte) {
  const char c = static_cast<char>(byte), lower = static_cast<char>(byte | 0x20);
  if (byte < 0x80) {
    if (lower >= 'a' && lower <= 'z')
      add({&lower, 1});
    else if (c >= '0' && c <= '9')
      add({&c, 1});
    else
      separate();
    return;
  }
  length_ = length_of(byte);
  if (length_ == 0) return separate();
  character_[0] = c;
  got_ = 1;
}

/// The second byte excludes overlong forms, surrogates and values beyond U+10FFFF (table 3-7 of the Unicode standard).
bool Words::continues(unsigned char byte) const {
  const auto first = static_cast<unsigned char>(character_[0]);
  const bool second = got_ == 1;
  const unsigned char least = second && first == 0xe0 ? 0xa0 : second && first == 0xf0 ? 0x90 : 0x80;
  const unsigned char most = second && first == 0xed ? 0x9f : second && first == 0xf4 ? 0x8f : 0xbf;
  return least <= byte && byte <= most;
}

void Words::add(std::string_view character) {
  if (character.size() > 1 && !is_letter(character)) return separate();
  if (word_.size() + character.size() <= kMaxWordBytes) word_ += character;
}

void Words::separate() {
  if (word_.empty()) return;
  found_(word_);
  word_.clear();
}

}  // namespace text
