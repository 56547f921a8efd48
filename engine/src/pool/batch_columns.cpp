#include "pool/batch_columns.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

namespace ropewalk {
namespace {

Value value_at(const Column& column, std::size_t row) {
  return std::visit([&](const auto& values) { return Value(values[row]); }, column.values);
}

/// Whether all numbers of a column fit the type as they are.
bool fits(Type type, const Column& column) {
  if (std::get_if<std::span<const std::int64_t>>(&column.values) != nullptr) return type == Type::integer;
  return std::get_if<std::span<const double>>(&column.values) != nullptr && type == Type::real;
}

}  // namespace

Result<void> BatchColumns::make(ArgumentEncoder& encoder, std::span<const Column> columns,
                                std::span<const Argument> shared) {
  encoder.begin();
  std::vector<std::uint32_t> positions;
  for (const Argument& argument : shared) encoder.take(argument.name, argument.value);
  for (const Column& column : columns)
    if (const auto position = encoder.reserve(column.name)) positions.push_back(*position);
  encoder.end();
  if (!encoder.errors().empty()) return Errors(encoder.errors());
  rows_ = columns.empty() ? 0 : columns.front().size();
  for (const Column& column : columns)
    if (column.size() != rows_)
      return Errors(Error{codes::kBadArguments,
                          fmt::format("column '{}' has {} values, and column '{}' has {}", columns.front().name, rows_,
                                      column.name, column.size()),
                          {},
                          {"give each column a value for each task"}});
  if (rows_ == 0 || take_numbers(encoder, columns, positions)) return {};
  return take_rows(encoder, columns, positions);
}

bool BatchColumns::take_numbers(const ArgumentEncoder& encoder, std::span<const Column> columns,
                                std::span<const std::uint32_t> positions) {
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (!encoder.is_unlimited(positions[i]) || !fits(encoder.types()[positions[i]], columns[i])) return false;
  const std::span<const Type> types = encoder.types();
  // Where the numbers lie: encoded alone with what stands before them, they are the last 8 bytes.
  std::vector<Value> values;
  for (std::uint32_t position = 0; position < types.size(); ++position) values.push_back(encoder.value(position));
  for (std::size_t i = 0; i < columns.size(); ++i) values[positions[i]] = value_at(columns[i], 0);
  board::encode_fields(types, values, template_, &shared_blobs_);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    std::vector<Value> before(values.begin(), values.begin() + positions[i] + 1);
    before.resize(types.size());
    std::string encoded;
    board::Blobs blobs;
    board::encode_fields(types, before, encoded, &blobs);
    Numbers& numbers = numbers_.emplace_back();
    numbers.offset = encoded.size() - sizeof(std::int64_t);
    numbers.bits.resize(rows_);
    if (const auto* ints = std::get_if<std::span<const std::int64_t>>(&columns[i].values))
      std::copy(ints->begin(), ints->end(), numbers.bits.begin());
    else
      std::memcpy(numbers.bits.data(), std::get<std::span<const double>>(columns[i].values).data(),
                  rows_ * sizeof(double));
  }
  return true;
}

Result<void> BatchColumns::take_rows(ArgumentEncoder& encoder, std::span<const Column> columns,
                                     std::span<const std::uint32_t> positions) {
  ends_.reserve(rows_);
  for (std::size_t row = 0; row < rows_; ++row) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      Error error;
      if (encoder.set(positions[i], value_at(columns[i], row), error)) continue;
      error.message = fmt::format("task {} of {}: {}", row, rows_, error.message);
      return Errors(std::move(error));
    }
    board::Blobs blobs;
    encoder.encode(encoded_, blobs);
    ends_.push_back(encoded_.size());
    if (blobs.empty()) continue;
    blobs_.resize(rows_);
    blobs_[row] = std::move(blobs);
  }
  return {};
}

std::string_view BatchColumns::row(std::size_t row) {
  if (template_.empty()) {
    const std::size_t begin = row == 0 ? 0 : ends_[row - 1];
    return std::string_view(encoded_).substr(begin, ends_[row] - begin);
  }
  for (const Numbers& numbers : numbers_)
    std::memcpy(template_.data() + numbers.offset, &numbers.bits[row], sizeof(std::int64_t));
  return template_;
}

}  // namespace ropewalk
