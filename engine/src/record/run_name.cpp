#include "record/run_name.hpp"

#include <fmt/format.h>

#include <ctime>

namespace ropewalk::record {
namespace {

constexpr std::uint32_t kWords = 64;
constexpr std::string_view kAdjectives[kWords] = {
    "amber", "ample",  "ashen",   "bold",  "brave", "brisk",  "broad",  "calm",   "candid", "clear", "clever",
    "cosy",  "crisp",  "deft",    "eager", "early", "fair",   "fleet",  "fond",   "frank",  "fresh", "gentle",
    "glad",  "golden", "grand",   "happy", "hardy", "hazel",  "honest", "humble", "ivory",  "jolly", "keen",
    "kind",  "lively", "loyal",   "lucky", "lunar", "mellow", "merry",  "mild",   "modest", "neat",  "nimble",
    "noble", "olive",  "patient", "plain", "proud", "quick",  "quiet",  "rapid",  "rosy",   "royal", "rustic",
    "sharp", "silver", "smooth",  "snowy", "solid", "steady", "sunny",  "swift",  "tidy"};
constexpr std::string_view kNouns[kWords] = {
    "acorn",  "alder",   "anchor", "arbor",   "aspen",  "badger", "beacon", "beaver", "birch",  "brook",  "canyon",
    "cedar",  "cliff",   "clover", "comet",   "coral",  "crane",  "delta",  "eagle",  "ember",  "falcon", "fern",
    "finch",  "fjord",   "forest", "fox",     "garnet", "glade",  "harbor", "hare",   "hawk",   "heron",  "island",
    "jasper", "kestrel", "lake",   "lark",    "lemur",  "lily",   "lynx",   "maple",  "marten", "meadow", "moose",
    "orchid", "otter",   "owl",    "pebble",  "pine",   "plover", "puffin", "quartz", "raven",  "reef",   "river",
    "robin",  "salmon",  "seal",   "sparrow", "spruce", "stone",  "swan",   "tern",   "willow"};

constexpr std::size_t kTimeLength = kSecondLength + 1;

}  // namespace

std::string run_name(std::uint32_t chance) {
  return fmt::format("{}-{}", kAdjectives[chance % kWords], kNouns[chance / kWords % kWords]);
}

std::string run_id(std::int64_t unix_s, std::string_view name) {
  const std::time_t at = unix_s;
  std::tm utc{};
  ::gmtime_r(&at, &utc);
  return fmt::format("{:04}{:02}{:02}-{:02}{:02}{:02}-{}", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
                     utc.tm_min, utc.tm_sec, name);
}

std::string_view name_in(std::string_view id) {
  return id.size() > kTimeLength && id[8] == '-' && id[15] == '-' ? id.substr(kTimeLength) : std::string_view();
}

}  // namespace ropewalk::record
