#pragma once
// The declared types by their names in the workflow language. Any thread.

#include "base/word_table.hpp"

#include <ropewalk/value.hpp>

namespace ropewalk {

/// In the order of the documents; type_name() gives the same names.
WordTable<Type> type_words();

}  // namespace ropewalk
