#include "workflow/text_file.hpp"

#include "base/fd.hpp"
#include "base/text.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace ropewalk {
namespace {

Error of_file(const char* code, const std::string& name, std::string message, std::vector<std::string> notes = {}) {
  return Error{code, std::move(message), Place{name, 0, 0, 1, {}}, std::move(notes)};
}

Error too_large(const std::string& name) {
  return of_file(codes::kFileTooLarge, name, "the file is larger than 1 MiB, the most that a workflow may have",
                 {"long lists of items belong in a file of their own: foreach: {lines: FILE} or {glob: PATTERN}"});
}

std::string_view kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

Result<std::string> read_all(int fd, const std::string& name) {
  std::string bytes;
  for (;;) {
    char buffer[65536];
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return of_file(codes::kUnreadableFile, name, fmt::format("cannot be read: {}", std::strerror(errno)));
    if (got == 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(got));
    if (bytes.size() > kMaxWorkflowBytes) return too_large(name);
  }
}

/// Returns the length of the forbidden character at the start of `text`; 0 if the character is allowed.
std::size_t unwanted(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  if ((byte(0) < 0x20 && text[0] != '\n' && text[0] != '\t') || byte(0) == 0x7F) return 1;
  if (byte(0) == 0xC2 && byte(1) < 0xA0 && byte(1) != 0x85) return 2;                      // C1 controls
  if (byte(0) == 0xE2 && byte(1) == 0x80 && byte(2) >= 0xAA && byte(2) <= 0xAE) return 3;  // bidirectional embedding
  if (byte(0) == 0xE2 && byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9) return 3;  // bidirectional isolates
  if (byte(0) == 0xEF && byte(1) == 0xBB && byte(2) == 0xBF) return 3;                     // a byte order mark
  return 0;
}

/// Returns the encoding indicated by the first bytes, or "" if it is or may be UTF-8.
std::string_view other_encoding(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\xFF\xFE\0\0"sv) || bytes.starts_with("\0\0\xFE\xFF"sv)) return "UTF-32";
  if (bytes.starts_with("\xFF\xFE"sv) || bytes.starts_with("\xFE\xFF"sv)) return "UTF-16";
  if (bytes.size() >= 4 &&
      ((bytes[0] && !bytes[1] && bytes[2] && !bytes[3]) || (!bytes[0] && bytes[1] && !bytes[2] && bytes[3])))
    return "UTF-16";
  return "";
}

/// A place in text that may not be UTF-8. Only the valid part of the line is shown.
Place rough_place(const std::string& name, std::string_view bytes, std::size_t at) {
  return Source(name, std::string(bytes.substr(0, at))).place(at);
}

}  // namespace

Result<std::string> read_text_file(const std::filesystem::path& file) {
  if (file == "-") return read_all(STDIN_FILENO, "<stdin>");
  const std::string name = file.string();
  const Fd fd(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!fd) {
    if (errno == ENOENT) return of_file(codes::kUnreadableFile, name, "there is no such file");
    return of_file(codes::kUnreadableFile, name, fmt::format("cannot be opened: {}", std::strerror(errno)));
  }
  struct stat about {};
  if (::fstat(fd.get(), &about) != 0)
    return of_file(codes::kUnreadableFile, name, fmt::format("cannot be read: {}", std::strerror(errno)));
  if (!S_ISREG(about.st_mode))
    return of_file(codes::kNotAFile, name,
                   fmt::format("this is {}, a workflow is a regular file", kind_of(about.st_mode)),
                   {"to read a workflow from a pipe write '-' for the file"});
  if (about.st_size > static_cast<off_t>(kMaxWorkflowBytes)) return too_large(name);
  return read_all(fd.get(), name);
}

Result<Source> check_text(std::string_view bytes, std::string name) {
  if (bytes.size() > kMaxWorkflowBytes) return too_large(name);
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);  // of an editor; positions exclude it
  if (bytes.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return of_file(codes::kEmptyFile, name, "the file is empty",
                   {"a workflow begins with the line 'ropewalk: 1' and has a list of 'stages'"});
  if (const std::string_view encoding = other_encoding(bytes); !encoding.empty())
    return of_file(codes::kBadEncoding, name, fmt::format("the file is {}, a workflow is plain UTF-8", encoding),
                   {"save it as UTF-8"});
  if (const std::size_t good = utf8_prefix(bytes); good < bytes.size())
    return Error{codes::kBadEncoding,
                 fmt::format("byte 0x{:02x} here is not UTF-8", static_cast<unsigned char>(bytes[good])),
                 rough_place(name, bytes, good),
                 {"save the file as UTF-8"}};
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size(); ++at)
    if (bytes[at] != '\r' || at + 1 >= bytes.size() || bytes[at + 1] != '\n') text += bytes[at];
  Source source(std::move(name), std::move(text));
  std::vector<Error> errors;
  for (std::size_t at = 0; at < source.text().size() && errors.size() < 20; ++at) {
    const std::size_t length = unwanted(source.text().substr(at));
    if (length > 0)
      errors.push_back(
          Error{codes::kControlCharacter,
                fmt::format("the character {} must not stand in a workflow",
                            escape_for_display(source.text().substr(at, length))),
                source.place(at, length),
                {"in text it can be written as an escape in double quotes, such as \"\\x1b\" or \"\\u202e\""}});
  }
  if (!errors.empty()) return Errors(std::move(errors));
  return source;
}

}  // namespace ropewalk
