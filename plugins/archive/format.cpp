#include "format.hpp"

namespace archive {

std::span<const Format> formats() {
  static constexpr Format kFormats[] = {
      {"zstd", ".zst", "\x28\xb5\x2f\xfd", 3, 19, zstd_compressor, zstd_decompressor},
      {"gzip", ".gz", "\x1f\x8b", 6, 9, gzip_compressor, gzip_decompressor},
  };
  return kFormats;
}

}  // namespace archive
