#include "items/line_file.hpp"

#include "base/text.hpp"
#include "items/relative_name.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ropewalk {
namespace {

constexpr std::size_t kPiece = 256 << 10;        // read at once
constexpr std::uint64_t kMuch = 32 << 20;        // bytes of blocks that are read ahead in one turn
constexpr std::uint64_t kMarkEvery = 512;        // lines
constexpr std::uint64_t kMarkAfter = 256 << 10;  // bytes
constexpr std::int64_t kNotYet = -2;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string cannot_read(std::string_view name, std::string_view why) {
  return fmt::format("cannot read lines from '{}': {}", name, why);
}

/// Standard input needs no name, and a terminal or nothing is as good as a pipe. Other devices never end.
bool is_readable_once(int fd, const struct stat& about) {
  const bool null = S_ISCHR(about.st_mode) && about.st_rdev == makedev(1, 3);
  return S_ISFIFO(about.st_mode) || null || ::isatty(fd) == 1;
}

std::string_view kind_of(mode_t mode) {
  return S_ISDIR(mode) ? "it is a folder" : S_ISSOCK(mode) ? "it is a socket" : "it is a device";
}

bool is_blank(std::string_view bytes) { return bytes.find_first_not_of(" \t\r\n") == std::string_view::npos; }

/// Calls `visit` with the offset and the bytes of each stretch, its end included; the last one may have none.
template <class Visit>
void each_stretch(std::string_view bytes, char end, const Visit& visit) {
  for (std::size_t at = 0; at < bytes.size();) {
    const void* found = std::memchr(bytes.data() + at, end, bytes.size() - at);
    const std::size_t next =
        found ? static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data()) + 1 : bytes.size();
    visit(at, bytes.substr(at, next - at));
    at = next;
  }
}

}  // namespace

bool LineFile::is_stdin(std::string_view path) {
  return path == "-" || path == "/dev/stdin" || path == "/dev/fd/0" || path == "/proc/self/fd/0";
}

bool LineFile::is_stream(const std::string& path) {
  struct stat about {};
  return is_stdin(path) || (::stat(path.c_str(), &about) == 0 && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode));
}

Result<LineFile> LineFile::open(const std::string& path, LineFormat format) {
  LineFile lines;
  lines.format_ = format;
  lines.name_ = is_stdin(path) ? "stdin" : path;
  const auto unreadable = [&](std::string_view why) {
    return Error{codes::kItemsUnreadable, cannot_read(lines.name_, why)};
  };
  if (is_stdin(path))
    lines.stream_ = STDIN_FILENO;
  else {
    Fd opened(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    if (!opened && errno == ENOENT) return unreadable("there is no such file" + relative_to(path));
    if (!opened) return unreadable(std::strerror(errno) + relative_to(path));
    struct stat about {};
    if (::fstat(opened.get(), &about) != 0) return unreadable(std::strerror(errno));
    if (S_ISREG(about.st_mode))
      lines.file_ = std::move(opened);
    else if (!is_readable_once(opened.get(), about))
      return unreadable(kind_of(about.st_mode));
    else
      lines.opened_ = std::move(opened), lines.stream_ = lines.opened_.get();
  }
  if (!lines.file_) lines.file_ = unnamed_file();
  if (!lines.file_) return unreadable(std::strerror(errno));
  if (format.end == '\0' || format.is_blocks()) lines.mark_bytes_ = kByteOrderMark.size() + 1;
  lines.buffer_.resize(kPiece);
  lines.marks_.push_back({0, 0, 0});
  return lines;
}

/// A FIFO without a writer so far is not at its end. read() reports the end, and poll() does not.
bool LineFile::is_ready() const {
  if (stream_ < 0) return true;
  pollfd input{.fd = stream_, .events = POLLIN, .revents = 0};
  return ::poll(&input, 1, 0) > 0;
}

/// Reads the next bytes into buffer_ and returns their number. 0: end; kNotYet: another reader took them; -1: problem.
std::int64_t LineFile::fetch(std::string& problem) {
  ssize_t got = -1;
  do
    got = stream_ >= 0 ? ::read(stream_, buffer_.data(), buffer_.size())
                       : ::pread(file_.get(), buffer_.data(), buffer_.size(), static_cast<off_t>(scanned_));
  while (got < 0 && errno == EINTR);
  if (got < 0 && errno == EAGAIN) return kNotYet;
  const bool kept =
      got <= 0 || stream_ < 0 || write_at(file_.get(), {buffer_.data(), static_cast<std::size_t>(got)}, scanned_);
  if (got < 0 || !kept) return problem = cannot_read(name_, std::strerror(errno)), -1;
  return got;
}

bool LineFile::grow(std::uint64_t wanted, std::string& problem) {
  const std::uint64_t lines_before = lines_, scanned_before = scanned_;
  // Blocks that were wanted together could be more than memory holds, and reading them would keep their tasks waiting.
  const auto is_much = [&] {
    return format_.is_blocks() && lines_ > lines_before && scanned_ - scanned_before >= kMuch;
  };
  while (!complete_ && lines_ < wanted && !is_much() && is_ready()) {
    const std::int64_t got = fetch(problem);
    if (got == kNotYet) return true;
    if (got < 0) return false;
    if (got > 0) {
      scan({buffer_.data(), static_cast<std::size_t>(got)});
      continue;
    }
    complete_ = true;
    if (scanned_ > end_) end_last(scanned_);
    buffer_ = {};
    opened_.reset();  // its writers receive SIGPIPE
  }
  return true;
}

bool LineFile::grow_waiting(std::string& problem) {
  if (stream_ >= 0) {
    pollfd input{.fd = stream_, .events = POLLIN, .revents = 0};
    ::poll(&input, 1, -1);
  }
  return grow(lines_ + kPiece, problem);
}

void LineFile::scan(std::string_view bytes) {
  const std::uint64_t before = scanned_;
  scanned_ += bytes.size();
  const std::size_t skipped = skip_byte_order_mark(bytes);
  each_stretch(bytes.substr(skipped), format_.end, [&](std::size_t at, std::string_view stretch) {
    blank_ = blank_ && format_.skip_blank && is_blank(stretch);
    if (stretch.back() != format_.end) return;
    const std::uint64_t next = before + skipped + at + stretch.size();
    format_.is_blocks() ? end_line_of_block(next) : end_line(next);
  });
}

/// How many of these bytes belong to a byte order mark, which may arrive in pieces.
std::size_t LineFile::skip_byte_order_mark(std::string_view bytes) {
  std::size_t skipped = 0;
  while (skipped < bytes.size() && mark_bytes_ < kByteOrderMark.size()) {
    if (bytes[skipped] != kByteOrderMark[mark_bytes_]) {
      mark_bytes_ = kByteOrderMark.size() + 1;
      return 0;
    }
    ++skipped, ++mark_bytes_;
  }
  if (skipped == 0) return 0;
  blank_ = mark_bytes_ == kByteOrderMark.size();  // a partial mark is part of a line
  if (blank_) marks_.front().offset = end_ = kByteOrderMark.size();
  return skipped;
}

/// Ends the line that began at end_.
void LineFile::end_line(std::uint64_t next) {
  const bool skipped = format_.skip_blank && blank_;
  blank_ = true;
  // A long line has a mark of its own, so that its neighbours can be read without it.
  if (!skipped && next - end_ > kMarkAfter) set_mark();
  ++ends_;
  end_ = next;
  if (!skipped) ++lines_;
  if (format_.is_blocks() || lines_ - marks_.back().line >= kMarkEvery || end_ - marks_.back().offset > kMarkAfter)
    set_mark();
}

/// Ends the block before a line with which it would be too large.
void LineFile::end_line_of_block(std::uint64_t next) {
  if (format_.block_bytes != 0 && next - end_ > format_.block_bytes && inner_end_ > end_) {
    end_line(inner_end_);
    inner_lines_ = 0;
  }
  inner_end_ = next;
  ++inner_lines_;
  const bool full = (format_.block_bytes != 0 && next - end_ >= format_.block_bytes) ||
                    (format_.block_lines != 0 && inner_lines_ >= format_.block_lines);
  if (!full) return;
  end_line(next);
  inner_lines_ = 0;
}

/// Ends what the end of the file ends.
void LineFile::end_last(std::uint64_t next) {
  if (format_.is_blocks() && format_.block_bytes != 0 && next - end_ > format_.block_bytes && inner_end_ > end_)
    end_line(inner_end_);
  if (next > end_) end_line(next);
}

/// Between lines that are skipped one mark is enough.
void LineFile::set_mark() {
  const Mark mark{lines_, end_, ends_};
  if (marks_.back().line == lines_)
    marks_.back() = mark;
  else
    marks_.push_back(mark);
}

std::string_view LineFile::without_end(std::string_view line) const {
  if (!line.ends_with(format_.end)) return line;
  line.remove_suffix(1);
  if (format_.end == '\n' && line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

const LineFile::Block* LineFile::block_of(std::uint64_t index, std::string& problem) const {
  Block* oldest = blocks_.data();
  for (Block& block : blocks_) {
    if (index - block.first < block.lines.size()) return block.used = ++asked_, &block;
    if (block.used < oldest->used) oldest = &block;
  }
  const auto next = std::upper_bound(marks_.begin(), marks_.end(), index,
                                     [](std::uint64_t line, const Mark& mark) { return line < mark.line; });
  const Mark& mark = *std::prev(next);
  const std::uint64_t end = next == marks_.end() ? end_ : next->offset;
  if (end - mark.offset > kLongestLine) {
    problem = fmt::format("{} {} of '{}' is larger than {}", format_.is_blocks() ? "block" : "line", mark.ends + 1,
                          name_, size_text(kLongestLine));
    return nullptr;
  }
  Block& block = *oldest;
  block = {.first = mark.line, .used = ++asked_, .bytes = std::string(end - mark.offset, '\0'), .lines = {}};
  const std::int64_t got = read_at(file_.get(), block.bytes.data(), block.bytes.size(), mark.offset);
  if (got != static_cast<std::int64_t>(block.bytes.size())) {
    problem = cannot_read(name_, got < 0 ? std::strerror(errno) : "it was shortened meanwhile");
    return nullptr;
  }
  if (format_.is_blocks()) {
    block.lines.push_back({0, block.bytes.size(), mark.ends + 1});
    return &block;
  }
  const std::uint64_t lines = (next == marks_.end() ? lines_ : next->line) - mark.line;
  std::uint64_t number = mark.ends;
  each_stretch(block.bytes, format_.end, [&](std::size_t at, std::string_view stretch) {
    ++number;
    if (block.lines.size() == lines || (format_.skip_blank && is_blank(stretch))) return;
    block.lines.push_back({at, without_end(stretch).size(), number});
  });
  if (index - block.first < block.lines.size()) return &block;
  problem = cannot_read(name_, "it was changed meanwhile");
  return nullptr;
}

bool LineFile::read(std::uint64_t index, std::string_view& line, std::string& problem) const {
  const Block* block = block_of(index, problem);
  if (!block) return false;
  const Line& at = block->lines[index - block->first];
  line = std::string_view(block->bytes).substr(at.start, at.size);
  return true;
}

std::uint64_t LineFile::number(std::uint64_t index) const {
  std::string problem;
  const Block* block = block_of(index, problem);
  return block ? block->lines[index - block->first].number : index + 1;
}

}  // namespace ropewalk
