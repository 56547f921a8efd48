#pragma once
// The encoded parameters of a span of tasks. Where all that varies are numbers, one encoding holds for all tasks, and
// the numbers of a task are set in it when it is dealt. On the pool's thread.

#include "pool/argument_encoder.hpp"

#include <ropewalk/pool.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

class BatchColumns {
 public:
  /// Checks and encodes; uses the encoder for it. Errors: nothing is usable.
  Result<void> make(ArgumentEncoder& encoder, std::span<const Column> columns, std::span<const Argument> shared);

  std::size_t rows() const { return rows_; }
  /// Valid until the next call.
  std::string_view row(std::size_t row);
  std::span<const std::shared_ptr<const board::Blob>> blobs(std::size_t row) const {
    return row < blobs_.size() ? std::span(blobs_[row]) : std::span(shared_blobs_);
  }

 private:
  struct Numbers {
    std::size_t offset = 0;  // in template_
    std::vector<std::int64_t> bits;
  };
  bool take_numbers(const ArgumentEncoder& encoder, std::span<const Column> columns,
                    std::span<const std::uint32_t> positions);
  Result<void> take_rows(ArgumentEncoder& encoder, std::span<const Column> columns,
                         std::span<const std::uint32_t> positions);

  std::size_t rows_ = 0;
  std::string template_;  // of all tasks; empty: rows are encoded one by one
  board::Blobs shared_blobs_;
  std::vector<Numbers> numbers_;
  std::string encoded_;  // row after row
  std::vector<std::size_t> ends_;
  std::vector<board::Blobs> blobs_;  // by row, if any row has some
};

}  // namespace ropewalk
