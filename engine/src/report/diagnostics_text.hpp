#pragma once
// Diagnostics as people read them: place, message, the source line with a caret under it, and the way out.
//
//   photos.yaml:20:7: error[W202]: task 'image.resize' takes no parameter 'widht'; did you mean 'width'?
//     20 |       widht: 640
//        |       ^^^^^
//        = it takes: input (path, required), output (path, required)
//
// Pure text; any thread. Whatever is foreign in it (source lines, names) is made harmless for a terminal.

#include <ropewalk/error.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

enum class Severity { error, warning };

/// One diagnostic, with its line end. Long source lines are cut around the caret.
void append_diagnostic(std::string& out, const Error& error, Severity severity, bool color);

/// All of them, and a closing line "3 mistakes in photos.yaml" for those with a line in one.
void append_diagnostics(std::string& out, const Errors& errors, bool color);

/// {"file", "line", "column", "end_column", "severity", "code", "message", "hint"} on one line. Columns count characters
/// from 1, the end is the first one behind. A diagnostic of the file as a whole has no line; one without a place is of
/// `file`. The hint is the way out, a line each; "": none.
void append_diagnostic_json(std::string& out, const Error& error, Severity severity, std::string_view file);

}  // namespace ropewalk
