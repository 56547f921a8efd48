#pragma once
// The lines of the longest-running tasks on a terminal, below those of the stages:
//
//     1m05s  convert/12 (photos/IMG_0012.jpg)  45 %: rolling
//      30 s  convert/17 (photos/...ummer/IMG_0017.jpg)  attempt 2, slow, 99 %
//
// Pure text.

#include <cstddef>
#include <cstdint>
#include <string>

namespace ropewalk {

struct TaskRow {
  std::int64_t running_ns = 0;
  std::string name;    ///< with its item, as task_name()
  std::string detail;  ///< attempt and progress; may be empty. Not escaped
};

/// One line. If there is not enough room, the item loses its middle and the detail its end, each side down to half of
/// the room. Stage and index stay the longest.
std::string task_line(const TaskRow& row, std::size_t columns);

}  // namespace ropewalk
