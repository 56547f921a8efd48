#pragma once
// Collects the diagnostics of one workflow, so that all of them are told at once, and hides its secrets in them: every message
// about a workflow that has not begun to run passes here. One thread.

#include "values/redaction.hpp"

#include <ropewalk/error.hpp>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ropewalk {

class Diagnostics {
 public:
  static constexpr std::size_t kMax = 20;  ///< that a user is shown at once

  void add(const char* code, Place place, std::string message, std::vector<std::string> notes = {}) {
    add(Error{code, std::move(message), std::move(place), std::move(notes)});
  }
  void add(Error error);
  void add(const std::vector<Error>& errors) {
    for (const Error& error : errors) add(error);
  }

  bool empty() const { return added_ == 0; }
  std::size_t size() const { return added_; }
  /// There are so many that further ones are not worth looking for: each may cost a look at everything.
  bool is_long() const { return long_; }

  /// What no message may show.
  Redaction& secrets() { return *secrets_; }
  std::shared_ptr<const Redaction> shared_secrets() const { return secrets_; }

  /// File by file as they first came, by their places, those without one first; at most kMax, as shown() makes them.
  std::vector<Error> take();
  /// In plain characters, whatever it quotes, without secrets, and not too long.
  Error shown(Error error) const;

 private:
  static constexpr std::size_t kLong = 3 * kMax;  // with those that are told twice

  void sort();

  std::vector<Error> list_;  // those that take() may return, and some more
  std::size_t added_ = 0;
  bool long_ = false;
  std::map<std::string, std::size_t> files_;  // in the order in which they first came
  const std::shared_ptr<Redaction> secrets_ = std::make_shared<Redaction>();
};

struct Node;

/// No message may show the texts in it that are no expressions.
void hide_texts(const Node& node, Diagnostics& diagnostics);

}  // namespace ropewalk
