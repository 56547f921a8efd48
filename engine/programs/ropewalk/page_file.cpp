#include "page_file.hpp"

#include "base/fd.hpp"
#include "base/text.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/report.hpp>

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace ropewalk::cli {
namespace {

constexpr std::size_t kMaxComparisonBytes = 16 << 20;  // a thousand rounds of a hundred modes need 2 MB

Error cannot_read_comparison(const std::string& path, std::string_view why) {
  return {codes::kNoComparison,
          fmt::format("cannot read the comparison '{}': {}", escape_for_display(path), why),
          {},
          {"name the file that 'ropewalk compare FILE --json' has written"}};
}

}  // namespace

Result<void> write_page(const std::vector<const Record*>& records, Sink& sink) {
  const auto page = page_html(records);
  if (!page) return page.error();
  sink.write(*page);
  return {};
}

bool names_comparison(const std::string& operand) {
  std::error_code failed;
  return operand == "-" || (operand.ends_with(".json") && !std::filesystem::is_directory(operand, failed));
}

Result<ComparisonSummary> comparison_in(const std::string& path) {
  const bool is_input = path == "-";
  const Fd opened(is_input ? -1 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!is_input && !opened) return cannot_read_comparison(path, std::strerror(errno));
  std::string text;
  std::array<char, 1 << 16> block;
  for (;;) {
    const ssize_t got = ::read(is_input ? STDIN_FILENO : opened.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read_comparison(path, std::strerror(errno));
    if (got == 0) return read_comparison(text, is_input ? "standard input" : path);
    text.append(block.data(), static_cast<std::size_t>(got));
    if (text.size() > kMaxComparisonBytes)
      return cannot_read_comparison(path, fmt::format("it is larger than {}", size_text(kMaxComparisonBytes)));
  }
}

}  // namespace ropewalk::cli
