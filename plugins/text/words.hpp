#pragma once
// Splits UTF-8 into words, whatever the pieces are in which it comes. One owner, one thread. Knows nothing of files.
//
// A word is a run of letters and digits: those of ASCII, lower-cased, and the characters beyond it, as they stand, but
// for blanks, punctuation and signs: U+0080 to U+00BF (not ª, µ, º), U+00D7, U+00F7, U+2000 to U+206F, U+3000 to U+303F
// (not U+3005 to U+3007) and U+FEFF. All else separates words, as bytes do that are not UTF-8.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace text {

class Words {
 public:
  /// What follows in a longer word is left out: a file without blanks would otherwise be held as one word. In bytes.
  static constexpr std::size_t kLongest = 256;
  using Found = std::function<void(std::string_view word)>;

  explicit Words(Found found) : found_(std::move(found)) {}

  /// Tells of each word that ends in this piece.
  void put(std::string_view piece);
  /// The text is at its end, and so is the last word.
  void end();

 private:
  void begin(unsigned char byte);
  bool continues(unsigned char byte) const;
  void add(std::string_view character);
  void separate();

  const Found found_;
  std::string word_;
  char character_[4] = {};
  std::size_t length_ = 0, got_ = 0;  ///< of the character that is not whole yet; 0: there is none
};

}  // namespace text
