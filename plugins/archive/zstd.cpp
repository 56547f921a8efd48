// zstd: the one file that includes libzstd.

#include "coder.hpp"

#include <zstd.h>
#include <zstd_errors.h>

#include <new>
#include <string>

namespace archive {
namespace {

/// Throws on errors of this program or on lack of memory. Errors caused by data are Refused.
std::size_t checked(std::size_t result) {
  if (!ZSTD_isError(result)) return result;
  if (ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation) throw std::bad_alloc();
  throw std::runtime_error(std::string("libzstd: ") + ZSTD_getErrorName(result));
}

class Compressor final : public Coder {
 public:
  explicit Compressor(int level) : context_(ZSTD_createCCtx()) {
    if (!context_) throw std::bad_alloc();
    checked(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level));
    checked(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1));  // the default of the program zstd
  }
  void put(std::string_view piece, const Sink& sink) override {
    ZSTD_inBuffer in{piece.data(), piece.size(), 0};
    while (in.pos < in.size) turn(in, ZSTD_e_continue, sink);
  }
  void end(const Sink& sink) override {
    ZSTD_inBuffer in{nullptr, 0, 0};
    while (turn(in, ZSTD_e_end, sink) != 0) {
    }
  }

 private:
  std::size_t turn(ZSTD_inBuffer& in, ZSTD_EndDirective how, const Sink& sink) {
    ZSTD_outBuffer out{made_.get(), kPiece, 0};
    const std::size_t left = checked(ZSTD_compressStream2(context_.get(), &out, &in, how));
    if (out.pos != 0) sink({made_.get(), out.pos});
    return left;
  }

  const std::unique_ptr<ZSTD_CCtx, decltype([](ZSTD_CCtx* context) { ZSTD_freeCCtx(context); })> context_;
  const std::unique_ptr<char[]> made_ = std::make_unique_for_overwrite<char[]>(kPiece);
};

class Decompressor final : public Coder {
 public:
  Decompressor() : context_(ZSTD_createDCtx()) {
    if (!context_) throw std::bad_alloc();
  }
  void put(std::string_view piece, const Sink& sink) override {
    ZSTD_inBuffer in{piece.data(), piece.size(), 0};
    for (bool full = false; in.pos < in.size || full;) {
      ZSTD_outBuffer out{made_.get(), kPiece, 0};
      left_ = ZSTD_decompressStream(context_.get(), &out, &in);
      if (ZSTD_isError(left_)) refuse();
      if (out.pos != 0) sink({made_.get(), out.pos});
      full = out.pos == out.size && left_ != 0;  // more output may be pending
    }
  }
  void end(const Sink&) override {
    if (left_ != 0) throw Refused("it ends before the data does");
  }

 private:
  [[noreturn]] void refuse() const {
    if (ZSTD_getErrorCode(left_) == ZSTD_error_memory_allocation) throw std::bad_alloc();
    throw Refused(std::string("libzstd refuses its data: ") + ZSTD_getErrorName(left_));
  }

  const std::unique_ptr<ZSTD_DCtx, decltype([](ZSTD_DCtx* context) { ZSTD_freeDCtx(context); })> context_;
  const std::unique_ptr<char[]> made_ = std::make_unique_for_overwrite<char[]>(kPiece);
  std::size_t left_ = 0;  ///< of the frame; 0: between two frames
};

}  // namespace

std::unique_ptr<Coder> zstd_compressor(int level) { return std::make_unique<Compressor>(level); }
std::unique_ptr<Coder> zstd_decompressor() { return std::make_unique<Decompressor>(); }

}  // namespace archive
