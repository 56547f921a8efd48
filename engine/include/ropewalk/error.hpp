#pragma once
// Errors before a run, as data. Values; no locks, copy freely. A task's failure is not an Error but an Outcome
// (run_result.hpp).

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

/// A part of one line of a file that a user wrote.
struct Place {
  std::string file;
  int line = 0;        ///< from 1; 0: the file as a whole
  int column = 0;      ///< from 1, in characters
  int length = 1;      ///< characters to underline, at least 1
  std::string source;  ///< the text of that line, without its end

  bool operator==(const Place&) const = default;
};

/// Every diagnostic that Ropewalk explains has a code, `W202`; codes are a contract and are never reused.
/// W: the workflow. P: plugins. C: the command line. R: running it. See codes.hpp for the list.
struct Error {
  std::string code;                     ///< e.g. "W202"
  std::string message;                  ///< problem, cause and suggestion, in one line
  Place place = {};                     ///< empty file: no place
  std::vector<std::string> notes = {};  ///< the fix, one line each

  bool operator==(const Error&) const = default;
};

/// All diagnostics found at once, in the order of their places.
struct Errors {
  std::vector<Error> list;

  Errors() = default;
  Errors(Error error) { list.push_back(std::move(error)); }
  Errors(std::vector<Error> errors) : list(std::move(errors)) {}
};

/// A value or the reasons for its absence: `if (!result) return result.error();  use(*result);`
/// error() returns a copy: keep it in a variable, because a reference into it would dangle.
template <class T>
using Result = boost::system::result<T, Errors>;

/// Called by Result::value() without a value; library code checks first.
[[noreturn]] inline void throw_exception_from_error(const Errors& errors, const boost::source_location&) {
  throw std::runtime_error(errors.list.empty() ? "unknown error" : errors.list.front().message);
}

}  // namespace ropewalk
