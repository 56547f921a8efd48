#pragma once
// Errors before a run, as data. Values; no locks, copy freely. A task's failure is not an Error but an Outcome
// (run_result.hpp).

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk {

/// A part of one line of a file that a user wrote, or of a WorkflowSpec.
struct Place {
  std::string file = {};    ///< empty: no file
  int line = 0;             ///< from 1; 0: the file as a whole, or no file
  int column = 0;           ///< in `source`, from 1, in characters
  int length = 1;           ///< characters to underline, at least 1
  std::string source = {};  ///< the text of that line, without its end; of a spec, a line of to_yaml()
  std::string part = {};    ///< of a spec: "stage 'hash', parameter 'path'"; empty: of a file, or no place

  /// Compares all fields.
  bool operator==(const Place&) const = default;
};

/// Every diagnostic that Ropewalk explains has a code, `W202`; codes are a contract and are never reused.
/// W: the workflow. P: plugins. C: the command line. R: running it. See codes.hpp for the list.
struct Error {
  std::string code;                     ///< e.g. "W202"
  std::string message;                  ///< problem, cause and suggestion, in one line
  Place place = {};                     ///< empty file: no place
  std::vector<std::string> notes = {};  ///< the fix, one line each

  /// Compares all fields.
  bool operator==(const Error&) const = default;
};

/// All diagnostics found at once, in the order of their places.
struct Errors {
  std::vector<Error> list;  ///< at least one in a Result without a value

  /// None.
  Errors() = default;
  /// One error.
  Errors(Error error) { list.push_back(std::move(error)); }
  /// Several.
  Errors(std::vector<Error> errors) : list(std::move(errors)) {}
};

/// Returns "photos.yaml:20:7: W202: task 'image.resize' takes no parameter 'widht'", then the notes, a line each,
/// without the last line's end. append_diagnostic() of report.hpp shows the source line too, and escapes foreign text.
inline std::string to_string(const Error& error) {
  std::string text = error.place.file;
  if (!text.empty() && error.place.line > 0)
    text += ":" + std::to_string(error.place.line) + ":" + std::to_string(error.place.column);
  if (!text.empty()) text += ": ";
  if (!error.code.empty()) text += error.code + ": ";
  text += error.message;
  for (const std::string& note : error.notes) text += "\n  " + note;
  return text;
}
/// Returns the texts of all errors, a line each or more.
inline std::string to_string(const Errors& errors) {
  std::string text;
  for (const Error& error : errors.list) text += (text.empty() ? "" : "\n") + to_string(error);
  return text;
}

/// A value or the reasons for its absence: `if (!result) return result.error();  use(*result);`
/// error() returns a copy: keep it in a variable, because a reference into it would dangle.
template <class T>
using Result = boost::system::result<T, Errors>;

/// What Result::value() throws if there is no value: `const Plan plan = engine.plan(workflow).value();`
class BadResult : public std::runtime_error {
 public:
  /// what() is their text.
  explicit BadResult(Errors errors) : std::runtime_error(to_string(errors)), errors_(std::move(errors)) {}
  /// Returns the reasons. Valid as long as the exception.
  const Errors& errors() const { return errors_; }

 private:
  Errors errors_;
};

/// Called by Result::value() without a value; library code checks first.
[[noreturn]] inline void throw_exception_from_error(const Errors& errors, const boost::source_location&) {
  throw BadResult(errors);
}

}  // namespace ropewalk
