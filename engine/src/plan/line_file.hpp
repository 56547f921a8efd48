#pragma once
// The lines of a file, held in memory: what `foreach: {lines: FILE}` runs over. Immutable once read; any thread.
// Not a mapping of the file: a task that shortens the file would end the engine with SIGBUS.

#include <ropewalk/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

class LineFile {
 public:
  /// "-" is stdin, to its end. Lines lose their "\n" or "\r\n"; empty ones stay; a last line needs no end.
  static Result<LineFile> read(const std::string& path);
  explicit LineFile(std::string text);

  std::uint64_t size() const { return starts_.size(); }
  std::string_view operator[](std::uint64_t index) const;

 private:
  std::string text_;
  std::vector<std::uint64_t> starts_;
};

}  // namespace ropewalk
