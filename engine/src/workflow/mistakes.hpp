#pragma once
// Collects the mistakes of one workflow, so that all of them are told at once. One thread.

#include <ropewalk/error.hpp>

#include <string>
#include <vector>

namespace ropewalk {

class Mistakes {
 public:
  static constexpr std::size_t kMost = 20;  ///< that a user is shown at once

  void add(const char* code, Place place, std::string message, std::vector<std::string> notes = {}) {
    list_.push_back(Error{code, std::move(message), std::move(place), std::move(notes)});
  }
  void add(Error error) { list_.push_back(std::move(error)); }
  void add(const std::vector<Error>& errors) { list_.insert(list_.end(), errors.begin(), errors.end()); }

  bool empty() const { return list_.empty(); }
  std::size_t size() const { return list_.size(); }
  /// File by file as they first came, by their places, those without one first; at most kMost. Said in plain
  /// characters, whatever they quote.
  std::vector<Error> take();

 private:
  std::vector<Error> list_;
};

}  // namespace ropewalk
