#include "base/demangle.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>

namespace ropewalk {
namespace {

constexpr std::size_t kMaxMangled = 512;  // limits what a host can send
constexpr std::size_t kMaxShown = 200;

}  // namespace

std::string demangled(std::string_view line) {
  const std::size_t start = line.find("  _Z");
  if (start == std::string_view::npos) return std::string(line);
  const std::string_view before = line.substr(0, start + 2);
  const std::string_view name = line.substr(before.size(), line.find_last_of('+') - before.size());
  const std::string_view after = line.substr(before.size() + name.size());
  if (name.size() > kMaxMangled) return std::string(line);
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(
      abi::__cxa_demangle(std::string(name).c_str(), nullptr, nullptr, &status), std::free);
  if (text == nullptr) return std::string(line);
  std::string_view shown = text.get();
  const bool cut = shown.size() > kMaxShown;
  if (cut) shown = shown.substr(0, kMaxShown - 3);
  std::string out(before);
  out += shown;
  out += cut ? "..." : "";
  out += after;
  return out;
}

}  // namespace ropewalk
