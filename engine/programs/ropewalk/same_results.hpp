#pragma once
// Compares the results of several runs byte for byte, as --results writes them. The first run is kept, in a file
// without a name if it is large, and 16 bytes a task in memory; each other one is compared as it is written.
// Single-threaded.

#include "base/spool.hpp"

#include <ropewalk/sink.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ropewalk::cli {

class SameResults final : public Sink {
 public:
  /// The lines of a run of this mode follow.
  void begin(const std::string& mode);
  bool write(std::string_view bytes) override;
  /// The run has no further line.
  void end();

  /// The first difference: "stage 'hash', task 3: ... with serial, and ... with thread x4"; empty: there is none.
  const std::string& difference() const { return difference_; }
  /// Why results could not be compared; empty: they could.
  const std::string& problem() const { return kept_.failed(); }

 private:
  void take_line(std::string_view line);

  Spool kept_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> lines_;  // {offset, size} of the first run's
  std::string first_mode_, mode_, rest_, difference_;
  bool is_first_ = true;
  std::size_t next_ = 0;
};

}  // namespace ropewalk::cli
