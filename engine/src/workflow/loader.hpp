#pragma once
// Reads a file and all its includes into documents. Each included file is a Document with its own defaults and places;
// all of them share one namespace for stages and params. One workflow; single-threaded.

#include "workflow/document.hpp"
#include "workflow/diagnostics.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ropewalk {

class Loader {
 public:
  explicit Loader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  /// Returns null after a diagnostic if a file could not be read completely. References into that file must not be
  /// reported.
  std::shared_ptr<Document> load(std::string_view bytes, const std::string& name, std::filesystem::path file);
  std::shared_ptr<Document> load(Source source, std::filesystem::path file);

 private:
  static constexpr std::size_t kMaxFiles = 64, kMaxDepth = 16;
  static constexpr std::size_t kMaxBytes = 4 << 20;  // of all files together

  bool read_tree(Document& document);
  void read_keys(Document& document);
  void include_all(const Node& list, Document& document);
  void include(const Node& node, const Document& by);
  bool may_include(const std::filesystem::path& file, const Node& node, const Document& by);
  void report(const char* code, const Node& node, const Document& by, std::string message,
              std::vector<std::string> notes = {});
  void join_params(Document& root);

  Diagnostics& diagnostics_;
  std::vector<std::unique_ptr<Document>> included_;  // in the order of their stages
  std::vector<std::filesystem::path> open_;          // the stack of files being read
  std::map<std::filesystem::path, Place> seen_;      // the place where each file was first included
  DeclaredNames stages_, vars_;
  std::size_t bytes_ = 0;
  bool complete_ = true;
};

}  // namespace ropewalk
