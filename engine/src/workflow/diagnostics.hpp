#pragma once
// Collects the diagnostics of one workflow, so that all of them are reported at once, and hides its secrets. Every
// message about a workflow that has not begun to run passes through here. Single-threaded.

#include <ropewalk/error.hpp>
#include <ropewalk/redaction.hpp>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk {

class Diagnostics {
 public:
  static constexpr std::size_t kMax = 20;  ///< shown to a user at once

  void add(const char* code, Place place, std::string message, std::vector<std::string> notes = {}) {
    add(Error{code, std::move(message), std::move(place), std::move(notes)});
  }
  void add(Error error);
  void add(const std::vector<Error>& errors) {
    for (const Error& error : errors) add(error);
  }

  bool empty() const { return added_ == 0; }
  std::size_t size() const { return added_; }
  /// Whether there are so many diagnostics that further checks should stop, because each may be expensive.
  bool is_long() const { return long_; }

  /// The texts that no message may show.
  Redaction& secrets() { return *secrets_; }
  std::shared_ptr<const Redaction> shared_secrets() const { return secrets_; }

  /// Returns the diagnostics grouped by file, files in the order of their first diagnostic, then by place, those
  /// without a place first; at most kMax, each passed through shown().
  std::vector<Error> take();
  /// Returns the error with its text escaped, redacted and shortened.
  Error shown(Error error) const;

 private:
  static constexpr std::size_t kLong = 3 * kMax;  // including duplicates

  void sort();

  std::vector<Error> list_;  // those that take() may return, and some more
  std::size_t added_ = 0;
  bool long_ = false;
  std::map<std::string, std::size_t> files_;  // in the order of their first diagnostic
  const std::shared_ptr<Redaction> secrets_ = std::make_shared<Redaction>();
};

struct Node;

/// Registers the plain texts in the node, but not its expressions, as secrets.
void hide_texts(const Node& node, Diagnostics& diagnostics);

}  // namespace ropewalk
