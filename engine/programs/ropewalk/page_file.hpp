#pragma once
// Where the page of `report` and of --report goes.

#include <ropewalk/record.hpp>
#include <ropewalk/sink.hpp>

#include <vector>

namespace ropewalk::cli {

/// Writes the page of one or two records. Errors: those of a record that cannot be read; then nothing is written.
Result<void> write_page(const std::vector<const Record*>& records, Sink& sink);

}  // namespace ropewalk::cli
