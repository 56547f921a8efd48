#pragma once
// The file of `report` and of --report: the page of one run, or of two, written completely or not at all.

#include "output_file.hpp"

#include <ropewalk/record.hpp>

#include <string>
#include <vector>

namespace ropewalk::cli {

/// Writes the page of one or two records, and commits the file. Errors: those of a record that cannot be read. The text
/// says why the file could not be written; empty: it was.
Result<std::string> write_page(const std::vector<const Record*>& records, OutputFile& file);

}  // namespace ropewalk::cli
