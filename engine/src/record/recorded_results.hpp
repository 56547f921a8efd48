#pragma once
// The rows of --results from a record. Borrows it.

#include <ropewalk/record.hpp>
#include <ropewalk/run_result.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace ropewalk::record {

/// One thread at a time, as the record.
class RecordedResults final : public KeptResults {
 public:
  explicit RecordedResults(const Record& record) : record_(record) {}
  void visit(std::uint32_t stage, const std::function<void(const Row&)>& visit) const override;
  std::string problem() const override { return problem_; }

 private:
  const Record& record_;
  mutable std::string problem_;
};

/// The result of an attempt: the JSON that is recorded, or the content of its file. Empty: there is none. `problem`:
/// why it cannot be read.
std::string result_json(const RecordedAttempt& attempt, std::string& problem);

}  // namespace ropewalk::record
