#include "plan/line_file.hpp"

#include "base/text.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ropewalk {
namespace {

constexpr std::size_t kPiece = 256 << 10;       // read at once
constexpr std::uint64_t kMarkEvery = 512;       // lines
constexpr std::uint64_t kMarkAfter = 256 << 10; // bytes

std::string cannot_read(std::string_view name, std::string_view why) { return fmt::format("cannot read lines from '{}': {}", name, why); }

}  // namespace

Result<LineFile> LineFile::open(const std::string& path) {
  LineFile lines;
  lines.from_stdin_ = path == "-";
  lines.name_ = lines.from_stdin_ ? "stdin" : path;
  const auto unreadable = [&](std::string_view why) { return Error{codes::kItemsUnreadable, cannot_read(lines.name_, why)}; };
  if (lines.from_stdin_) {
    lines.file_ = unnamed_file();
    if (!lines.file_) return unreadable(std::strerror(errno));
  } else {
    lines.file_ = Fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    if (!lines.file_) return unreadable(errno == ENOENT ? "there is no such file" : std::strerror(errno));
    struct stat about {};
    if (::fstat(lines.file_.get(), &about) != 0) return unreadable(std::strerror(errno));
    if (S_ISDIR(about.st_mode)) return unreadable("it is a folder");
    if (!S_ISREG(about.st_mode)) return unreadable("it is no regular file; write '-' to read standard input");
  }
  lines.buffer_.resize(kPiece);
  lines.marks_.push_back({0, 0});
  return lines;
}

bool LineFile::is_ready() const {
  if (!from_stdin_) return true;
  pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  return ::poll(&input, 1, 0) > 0;
}

/// Reads on. The bytes that are in buffer_ now; 0: there are no more; -1: problem.
std::int64_t LineFile::fetch(std::string& problem) {
  ssize_t got = -1;
  do got = from_stdin_ ? ::read(STDIN_FILENO, buffer_.data(), buffer_.size()) : ::pread(file_.get(), buffer_.data(), buffer_.size(), static_cast<off_t>(scanned_));
  while (got < 0 && errno == EINTR);
  const bool kept = got <= 0 || !from_stdin_ || write_at(file_.get(), {buffer_.data(), static_cast<std::size_t>(got)}, scanned_);
  if (got < 0 || !kept) return problem = cannot_read(name_, std::strerror(errno)), -1;
  return got;
}

bool LineFile::grow(std::uint64_t wanted, std::string& problem) {
  while (!complete_ && lines_ < wanted && is_ready()) {
    const std::int64_t got = fetch(problem);
    if (got < 0) return false;
    if (got > 0) {
      scan({buffer_.data(), static_cast<std::size_t>(got)});
      continue;
    }
    complete_ = true;
    if (scanned_ > end_) end_line(scanned_);
    buffer_ = {};
  }
  return true;
}

void LineFile::scan(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const void* found = std::memchr(bytes.data() + at, '\n', bytes.size() - at);
    if (!found) break;
    at = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data()) + 1;
    end_line(scanned_ + at);
  }
  scanned_ += bytes.size();
}

/// The line that began at end_ goes to there.
void LineFile::end_line(std::uint64_t next) {
  // A long line stands alone, so that those beside it can be read without it.
  if (next - end_ > kMarkAfter && marks_.back().line != lines_) marks_.push_back({lines_, end_});
  ++lines_;
  end_ = next;
  if (lines_ - marks_.back().line >= kMarkEvery || end_ - marks_.back().offset > kMarkAfter) marks_.push_back({lines_, end_});
}

const LineFile::Block* LineFile::block_of(std::uint64_t index, std::string& problem) const {
  Block* oldest = blocks_.data();
  for (Block& block : blocks_) {
    if (index - block.first < block.starts.size()) return block.used = ++asked_, &block;
    if (block.used < oldest->used) oldest = &block;
  }
  const auto next = std::upper_bound(marks_.begin(), marks_.end(), index, [](std::uint64_t line, const Mark& mark) { return line < mark.line; });
  const Mark& mark = *std::prev(next);
  const std::uint64_t end = next == marks_.end() ? end_ : next->offset;
  if (end - mark.offset > kLongestLine) {
    problem = fmt::format("line {} of '{}' is larger than {}", index + 1, name_, size_text(kLongestLine));
    return nullptr;
  }
  Block& block = *oldest;
  block = {.first = mark.line, .used = ++asked_, .bytes = std::string(end - mark.offset, '\0'), .starts = {}};
  const std::int64_t got = read_at(file_.get(), block.bytes.data(), block.bytes.size(), mark.offset);
  if (got != static_cast<std::int64_t>(block.bytes.size())) {
    problem = cannot_read(name_, got < 0 ? std::strerror(errno) : "it was shortened meanwhile");
    return nullptr;
  }
  const std::uint64_t lines = (next == marks_.end() ? lines_ : next->line) - mark.line;
  for (std::size_t at = 0; block.starts.size() < lines && at < block.bytes.size();) {
    block.starts.push_back(at);
    const void* found = std::memchr(block.bytes.data() + at, '\n', block.bytes.size() - at);
    at = found ? static_cast<std::size_t>(static_cast<const char*>(found) - block.bytes.data()) + 1 : block.bytes.size();
  }
  if (index - block.first < block.starts.size()) return &block;
  problem = cannot_read(name_, "it was changed meanwhile");
  return nullptr;
}

bool LineFile::read(std::uint64_t index, std::string_view& line, std::string& problem) const {
  const Block* block = block_of(index, problem);
  if (!block) return false;
  const std::size_t at = index - block->first;
  const std::size_t end = at + 1 < block->starts.size() ? block->starts[at + 1] : block->bytes.size();
  line = std::string_view(block->bytes).substr(block->starts[at], end - block->starts[at]);
  if (!line.ends_with('\n')) return true;
  line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return true;
}

}  // namespace ropewalk
