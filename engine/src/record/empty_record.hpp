#pragma once
// An empty record: the bytes of a database with all tables and no run. The build makes them (make_empty_record.cpp),
// because making eighteen tables takes longer than a short run may.

#include <string_view>

namespace ropewalk::record {

/// Static.
std::string_view empty_record();

}  // namespace ropewalk::record
