#pragma once
// Splits UTF-8 into words, independent of the pieces in which it arrives. One owner, single-threaded. Knows nothing of
// files.
//
// A word is a run of letters and digits. Letters are those of ASCII, lower-cased, and all characters beyond ASCII,
// unchanged, except blanks, punctuation and signs: U+0080 to U+00BF (not ª, µ, º), U+00D7, U+00F7, U+2000 to U+206F,
// U+3000 to U+303F (not U+3005 to U+3007) and U+FEFF. Everything else separates words, including bytes that are not
// UTF-8.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace text {

class Words {
 public:
  /// In bytes. The rest of a longer word is dropped; otherwise a file without blanks would be stored as one word.
  static constexpr std::size_t kMaxWordBytes = 256;
  using Found = std::function<void(std::string_view word)>;

  explicit Words(Found found) : found_(std::move(found)) {}

  /// Reports each word that ends in this piece.
  void put(std::string_view piece);
  /// Ends the text and its last word.
  void end();

 private:
  void begin(unsigned char byte);
  bool continues(unsigned char byte) const;
  void add(std::string_view character);
  void separate();

  const Found found_;
  std::string word_;
  char character_[4] = {};
  std::size_t length_ = 0, got_ = 0;  ///< of the incomplete character; 0: there is none
};

}  // namespace text
