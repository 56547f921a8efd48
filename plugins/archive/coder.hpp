#pragma once
// Turns a stream of bytes into another one, piece by piece. One owner, one thread. Knows nothing of files or tasks.

#include <functional>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace archive {

/// Takes what a coder made; what it throws goes through the coder.
using Sink = std::function<void(std::string_view)>;

/// A decompressor cannot go on with what it was given. The text fits behind "cannot decompress 'x': ".
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
  /// The stream is at its end. Throws Refused where it may not end here.
  virtual void end(const Sink& sink) = 0;
};

/// How large the pieces are that a coder makes, in bytes.
inline constexpr std::size_t kPiece = 128 << 10;

std::unique_ptr<Coder> zstd_compressor(int level);
std::unique_ptr<Coder> zstd_decompressor();
std::unique_ptr<Coder> gzip_compressor(int level);
std::unique_ptr<Coder> gzip_decompressor();

}  // namespace archive
