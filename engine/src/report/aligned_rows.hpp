#pragma once
// A table for people: the first column to the left, the others to the right, two blanks between them. Pure text.

#include <span>
#include <string>
#include <vector>

namespace ropewalk {

/// `rows`: at least one, the titles first, all of one length. `bold`: the titles, for a terminal.
void append_aligned_rows(std::string& out, std::span<const std::vector<std::string>> rows, bool bold = false);

}  // namespace ropewalk
