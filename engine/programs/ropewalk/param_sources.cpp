#include "param_sources.hpp"

#include "base/fd.hpp"
#include "base/text.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>

namespace ropewalk::cli {
namespace {

constexpr std::string_view kPrefix = "ROPEWALK_PARAM_";
constexpr std::size_t kLongest = 1 << 20;  // bytes, as of a workflow

Error cannot_read(const std::string& name, const std::string& path, std::string_view why) {
  return {codes::kBadSetting,
          fmt::format("--set-file {}: cannot read '{}': {}", escape_for_display(name), escape_for_display(path), why),
          {},
          {"the file holds the value and nothing else"}};
}

/// A file, or a pipe such as <(command).
Result<std::string> read_whole(const std::string& name, const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file) return cannot_read(name, path, std::strerror(errno));
  std::string text;
  char block[4096];
  for (;;) {
    const ssize_t got = ::read(file.get(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(name, path, std::strerror(errno));
    if (got == 0) return text;
    text.append(block, static_cast<std::size_t>(got));
    if (text.size() > kLongest)
      return cannot_read(name, path, fmt::format("it is larger than {}", size_text(kLongest)));
  }
}

}  // namespace

Result<std::vector<std::pair<std::string, std::string>>> read_set_files(const std::vector<std::string>& given) {
  std::vector<std::pair<std::string, std::string>> read;
  std::vector<Error> errors;
  for (const std::string& each : given) {
    const std::size_t equals = each.find('=');
    const std::string name = each.substr(0, equals);
    if (equals == std::string::npos || equals == 0 || equals + 1 == each.size()) {
      errors.push_back({codes::kBadSetting,
                        fmt::format("--set-file {}: there is no file", escape_for_display(each)),
                        {},
                        {"write --set-file NAME=PATH"}});
      continue;
    }
    const std::string path = each.substr(equals + 1);
    auto text = read_whole(name, path == "-" ? "/dev/stdin" : path);
    if (!text) {
      errors.push_back(text.error().list.front());
      continue;
    }
    if (text->ends_with('\n')) text->pop_back();
    if (text->ends_with('\r')) text->pop_back();
    read.emplace_back(name, std::move(*text));
  }
  if (!errors.empty()) return Errors(std::move(errors));
  return read;
}

std::vector<std::pair<std::string, std::string>> take_param_variables() {
  std::vector<std::pair<std::string, std::string>> taken;
  std::vector<std::string> names;
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    const std::string_view variable = *each;
    const std::size_t equals = variable.find('=');
    if (!variable.starts_with(kPrefix) || equals == variable.npos) continue;
    names.emplace_back(variable.substr(0, equals));
    if (equals + 1 < variable.size()) taken.emplace_back(names.back(), variable.substr(equals + 1));
  }
  for (const std::string& name : names) ::unsetenv(name.c_str());
  return taken;
}

}  // namespace ropewalk::cli
