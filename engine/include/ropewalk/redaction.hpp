#pragma once
// Hides secrets in displayed text. This is the one place that knows all forms in which a secret may appear. All output
// of the engine for people and files passes through it. Data passed from task to task does not.

#include <ropewalk/error.hpp>
#include <ropewalk/value.hpp>

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// The secrets of a plan. Filled before it is shared, constant afterwards; any thread.
///
/// A secret is hidden in its plain form and as JSON, a terminal, a shell, a URL, a glob pattern or base64 writes it.
/// Each line of 8 bytes or more of a multi-line secret is hidden too. Every element of a secret list or map is a
/// secret. A secret of fewer than 4 bytes is hidden only where it stands alone, not inside a longer word: `***` in
/// place of every `7` would reveal the secret and nothing else. Empty and blank values, true, false and null are not
/// secrets.
class Redaction {
 public:
  static constexpr std::string_view kShown = "***";  ///< stands for a secret
  static constexpr std::size_t kShortest = 4;  ///< secrets of at least this many bytes are hidden inside words too

  /// Adds one, with all its forms.
  void add(const Value& secret);
  /// Whether there is no secret to hide.
  bool empty() const { return anywhere_.empty() && alone_.empty(); }

  /// Whether the text contains no secret.
  bool is_clean(std::string_view text) const;
  /// Returns the text with `***` for each secret. Also hides a start or end of the text that is 8 bytes or more of a
  /// secret, because the text may have been cut.
  std::string text(std::string_view text) const;
  /// Redacts every text, path and number in the value, and the keys of maps.
  Value value(const Value& value) const;
  /// Redacts messages and hints. A source line that contains a secret is left out.
  Error error(Error error) const;

  /// Length of the text's end that may be the start of a secret; the following text decides.
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
