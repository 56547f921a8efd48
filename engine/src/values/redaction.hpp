#pragma once
// Hides secrets in what is shown: the one place that knows how a secret may look in a text. Whatever leaves the engine
// for a person or a file passes through it; what goes from one task to another does not.

#include <ropewalk/error.hpp>
#include <ropewalk/value.hpp>

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// Filled before it is shared, constant afterwards; any thread.
///
/// Hidden are a secret as it is, and as JSON, a terminal, a shell, a URL, a pattern of files or base64 writes it, and each line of 8 bytes or
/// more of a secret of several lines. Of a list or a map every element is a secret. A secret of fewer than 4 bytes is hidden
/// where it stands alone, not inside a longer word: `***` in place of every `7` would tell the secret and nothing else.
/// Empty and blank ones, true, false and null are no secrets.
class Redaction {
 public:
  static constexpr std::string_view kShown = "***";
  static constexpr std::size_t kShortest = 4;  ///< bytes of a secret that is hidden inside a word too

  void add(const Value& secret);
  bool empty() const { return anywhere_.empty() && alone_.empty(); }

  /// Whether nothing in it is secret.
  bool is_clean(std::string_view text) const;
  /// The text with `***` for each secret. Also where it begins or ends within 8 bytes or more of one: it may have been cut.
  std::string text(std::string_view text) const;
  /// Every text, path and number in it, and the keys of maps.
  Value value(const Value& value) const;
  /// Messages and hints; a source line with a secret in it is left out.
  Error error(Error error) const;

  /// Length of the text's end that may be the beginning of a secret: what follows decides.
  std::size_t undecided(std::string_view text) const;

 private:
  struct Span {
    std::size_t from, to;
  };
  void add_text(std::string_view secret);
  void add_pattern(std::string pattern);
  std::vector<Span> secrets_in(std::string_view text) const;

  std::set<std::string, std::less<>> anywhere_;  // at least kShortest bytes
  std::set<std::string, std::less<>> alone_;     // shorter ones
};

}  // namespace ropewalk
