#pragma once
// Assembles lines from pieces of several concurrent writers, so that their lines do not mix. One thread.

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace ropewalk::cli {

class LineBuffer {
 public:
  struct Writer {
    std::uint32_t stage;
    std::uint64_t task;  ///< or a host: kHosts and its number
    std::uint8_t stream;
    auto operator<=>(const Writer&) const = default;  // NOLINT(modernize-use-nullptr): it has no code of its own
  };
  static constexpr std::uint64_t kHosts = std::uint64_t{1} << 63;
  static constexpr std::size_t kLongest = 64 << 10;  ///< bytes; a longer line is passed on in parts

  /// The lines that `text` completes, with their ends.
  std::string take(const Writer& writer, std::string_view text) {
    std::string& begun = begun_[writer];
    begun += text;
    std::size_t end = begun.find_last_of("\r\n") + 1;  // npos + 1: none
    if (end == 0 && begun.size() >= kLongest) end = begun.size();
    std::string lines = begun.substr(0, end);
    begun.erase(0, end);
    if (begun.empty()) begun_.erase(writer);
    return lines;
  }
  /// The incomplete last lines of a task, one per stream, with line ends.
  std::string rest(std::uint32_t stage, std::uint64_t task) { return rest(stage, task, task); }
  /// The same for all hosts of a stage.
  std::string rest_of_hosts(std::uint32_t stage) { return rest(stage, kHosts, ~std::uint64_t{0}); }
  bool empty() const { return begun_.empty(); }

 private:
  std::string rest(std::uint32_t stage, std::uint64_t first, std::uint64_t last) {
    std::string lines;
    for (auto each = begun_.lower_bound({stage, first, 0});
         each != begun_.end() && each->first.stage == stage && each->first.task <= last; each = begun_.erase(each))
      lines.append(each->second).push_back('\n');
    return lines;
  }

  std::map<Writer, std::string> begun_;
};

}  // namespace ropewalk::cli
