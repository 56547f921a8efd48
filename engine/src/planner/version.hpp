#pragma once
// Versions of programs and plugins, and the ranges of them that a workflow may require. Plain values; knows no program.
//
//   version = number { "." number } [ "-" text ] [ "+" text ]     1.2 is 1.2.0; 2.0-rc1 comes before 2.0
//   range   = condition { "," condition }                         all must hold
//   condition = ( ">=" | ">" | "<=" | "<" | "=" | "!=" ) version

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

class Version {
 public:
  /// Returns nothing if the text is not a version.
  static std::optional<Version> parse(std::string_view text);
  std::strong_ordering operator<=>(const Version& other) const;
  bool operator==(const Version& other) const { return (*this <=> other) == 0; }

 private:
  std::vector<std::uint64_t> numbers_;  // without zeros at the end
  std::string before_;                  // the pre-release part: such a version precedes the one with the same numbers
};

class VersionRange {
 public:
  /// Returns nothing and sets `problem`, which completes a message after a colon.
  static std::optional<VersionRange> parse(std::string_view text, std::string& problem);
  bool contains(const Version& version) const;

 private:
  enum class Kind : std::uint8_t { at_least, above, at_most, below, equal, not_equal };
  struct Condition {
    Kind kind;
    Version version;
  };
  std::vector<Condition> conditions_;
};

}  // namespace ropewalk
