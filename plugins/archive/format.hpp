#pragma once
// The supported kinds of compressed files, in one list. Constants; any thread.

#include "coder.hpp"

#include <span>
#include <string_view>

namespace archive {

struct Format {
  std::string_view name;
  std::string_view suffix;        ///< of its files, with the dot
  std::string_view magic;         ///< the first bytes of its files
  int default_level, most_level;  ///< the minimum is 1
  std::unique_ptr<Coder> (*compressor)(int level);
  std::unique_ptr<Coder> (*decompressor)();
};

std::span<const Format> formats();

}  // namespace archive
