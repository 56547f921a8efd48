// gzip: the one file that includes zlib.

#include "coder.hpp"

#include <zlib.h>

#include <new>
#include <string>

namespace archive {
namespace {

/// 15: the largest window. 16: gzip's header and trailer, without a name and a time, so the same input gives the same
/// bytes.
constexpr int kWindowBits = 15 + 16;

/// Shared by both directions: zlib's stream and its output.
class Stream {
 public:
  z_stream* get() { return &stream_; }
  void set_input(std::string_view piece) {
    // zlib only reads this buffer, but its type is not const.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    stream_.avail_in = static_cast<uInt>(piece.size());
  }
  bool has_input() const { return stream_.avail_in != 0; }
  /// Runs one step of deflate or inflate and returns its status. `full`: more output may be pending.
  int run_step(int (*step)(z_stream*, int), int flush, const Sink& sink, bool& full) {
    stream_.next_out = reinterpret_cast<Bytef*>(output_.get());
    stream_.avail_out = kPiece;
    const int status = step(&stream_, flush);
    full = stream_.avail_out == 0;
    if (stream_.avail_out != kPiece) sink({output_.get(), kPiece - stream_.avail_out});
    return status;
  }

 private:
  z_stream stream_{};
  const std::unique_ptr<char[]> output_ = std::make_unique_for_overwrite<char[]>(kPiece);
};

class Compressor final : public Coder {
 public:
  explicit Compressor(int level) {
    constexpr int kMemory = 8;  // zlib's default
    if (deflateInit2(stream_.get(), level, Z_DEFLATED, kWindowBits, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
  }
  ~Compressor() override { deflateEnd(stream_.get()); }

  void put(std::string_view piece, const Sink& sink) override {
    stream_.set_input(piece);
    for (bool full = true; full || stream_.has_input();) stream_.run_step(deflate, Z_NO_FLUSH, sink, full);
  }
  void end(const Sink& sink) override {
    stream_.set_input({});
    bool full = false;
    while (stream_.run_step(deflate, Z_FINISH, sink, full) != Z_STREAM_END) {
    }
  }

 private:
  Stream stream_;
};

class Decompressor final : public Coder {
 public:
  Decompressor() {
    if (inflateInit2(stream_.get(), kWindowBits) != Z_OK) throw std::bad_alloc();
  }
  ~Decompressor() override { inflateEnd(stream_.get()); }

  void put(std::string_view piece, const Sink& sink) override {
    stream_.set_input(piece);
    for (bool full = false; full || stream_.has_input();) {
      if (whole_) inflateReset(stream_.get());  // a file may contain several streams in sequence
      const int status = stream_.run_step(inflate, Z_NO_FLUSH, sink, full);
      whole_ = status == Z_STREAM_END;
      if (whole_)
        full = false;
      else if (status == Z_MEM_ERROR)
        throw std::bad_alloc();
      else if (status != Z_OK && status != Z_BUF_ERROR)
        throw Refused("zlib refuses its data: " + why(status));
    }
  }
  void end(const Sink&) override {
    if (!whole_) throw Refused("it ends before the data does");
  }

 private:
  std::string why(int status) { return stream_.get()->msg != nullptr ? stream_.get()->msg : zError(status); }

  Stream stream_;
  bool whole_ = false;  ///< at the end of one compressed stream
};

}  // namespace

std::unique_ptr<Coder> gzip_compressor(int level) { return std::make_unique<Compressor>(level); }
std::unique_ptr<Coder> gzip_decompressor() { return std::make_unique<Decompressor>(); }

}  // namespace archive
