#pragma once
// Loads a built plugin into the test's own process, for the fake host. Only for tasks that do not harm the process.

#include <ropewalk/sdk/fake_host.hpp>

#include <dlfcn.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace ropewalk {
inline void PrintTo(const FakeValue& value, std::ostream* out) { *out << value.shown(); }
}  // namespace ropewalk

inline const ropewalk_plugin* loaded(const std::string& file) {
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(dlerror());
  const auto entry = reinterpret_cast<ropewalk_plugin_entry>(dlsym(library, ROPEWALK_ENTRY_SYMBOL));
  if (entry == nullptr) throw std::runtime_error(dlerror());
  return entry();
}

inline ropewalk::FakeOutcome run_in(const std::string& file, std::string_view task,
                                    const ropewalk::FakeHost::Params& params,
                                    const ropewalk::FakeSituation& situation = {}) {
  ropewalk::FakeHost host(loaded(file));
  return host.run(task, params, situation);
}

/// An empty folder that is removed after the test.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ropewalk-test-XXXXXX").native();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

  std::filesystem::path make(const std::string& name, std::string_view content, int mode = 0644) const {
    std::ofstream(path_ / name, std::ios::binary) << content;
    std::filesystem::permissions(path_ / name, static_cast<std::filesystem::perms>(mode));
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

inline std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::vector<std::string> names_in(const Folder& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

/// The output of a shell command.
inline std::string output_of(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  std::string text;
  for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) text += static_cast<char>(c);
  pclose(pipe);
  return text;
}
