#pragma once
// Transforms a stream of bytes into another one, piece by piece. One owner, single-threaded. Knows nothing of files or
// tasks.

#include <functional>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace archive {

/// Receives the output of a coder. Its exceptions propagate through the coder.
using Sink = std::function<void(std::string_view)>;

/// Thrown if a decompressor cannot process its input. The text follows "cannot decompress 'x': ".
class Refused : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Coder {
 public:
  Coder() = default;
  virtual ~Coder() = default;
  Coder(const Coder&) = delete;
  Coder& operator=(const Coder&) = delete;

  virtual void put(std::string_view piece, const Sink& sink) = 0;
  /// Ends the stream. Throws Refused if the stream is incomplete.
  virtual void end(const Sink& sink) = 0;
};

/// Size in bytes of the pieces that a coder produces.
inline constexpr std::size_t kPiece = 128 << 10;

std::unique_ptr<Coder> zstd_compressor(int level);
std::unique_ptr<Coder> zstd_decompressor();
std::unique_ptr<Coder> gzip_compressor(int level);
std::unique_ptr<Coder> gzip_decompressor();

}  // namespace archive
