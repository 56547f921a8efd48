#pragma once
// Formats diagnostics for people: place, message, the source line with a caret under it, and the fix.
//
//   photos.yaml:20:7: error[W202]: task 'image.resize' takes no parameter 'widht'; did you mean 'width'?
//     20 |       widht: 640
//        |       ^^^^^
//        = it takes: input (path, required), output (path, required)
//
// Pure text; any thread. Foreign text (source lines, names) is escaped for a terminal.

#include <ropewalk/error.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

enum class Severity { error, warning };

/// Appends one diagnostic with its line end. Long source lines are cut around the caret.
void append_diagnostic(std::string& out, const Error& error, Severity severity, bool color);

/// Appends all diagnostics, and a closing line "3 mistakes in photos.yaml" that counts those with a line in the file.
void append_diagnostics(std::string& out, const Errors& errors, bool color);

/// Appends {"file", "line", "column", "end_column", "severity", "code", "message", "hint"} on one line. Columns count
/// characters from 1; the end column is the first one behind. A diagnostic of the whole file has no line; one without a
/// place gets `file`. The hint is the fix, one line per note; "" if there is none.
void append_diagnostic_json(std::string& out, const Error& error, Severity severity, std::string_view file);

}  // namespace ropewalk
