#include "host/symbols.hpp"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace ropewalk::host {
namespace {

constexpr std::size_t kMaxModules = 256;
constexpr std::size_t kPathBytes = 32 * 1024;  // of all modules

Module modules[kMaxModules];
std::size_t module_count = 0;
char paths[kPathBytes];
std::size_t path_bytes = 0;

/// Of the plugin, where it is not loaded from its file, or of the program that it is linked into.
struct Copy {
  int fd = -1;
  std::uint64_t inode = 0;
  std::string_view path;

  bool is(const Module& module) const { return fd >= 0 && module.inode == inode && module.path == path; }
} copy;

int open_to_read(const char* path) {
  int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  // A task may have died of having no descriptor left. Nobody reads standard input any more.
  if (fd < 0 && errno == EMFILE && ::close(STDIN_FILENO) == 0) fd = ::open(path, O_RDONLY | O_CLOEXEC);
  return fd;
}

/// Takes what it can read off the front of a line of /proc/self/maps.
std::uint64_t take_number(std::string_view& line, unsigned base) {
  std::uint64_t number = 0;
  while (!line.empty()) {
    const char c = line.front();
    const unsigned digit = c >= '0' && c <= '9'   ? static_cast<unsigned>(c - '0')
                           : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a') + 10
                                                  : 99;
    if (digit >= base) break;
    number = number * base + digit;
    line.remove_prefix(1);
  }
  if (!line.empty()) line.remove_prefix(1);  // what ended it
  return number;
}

std::string_view take_word(std::string_view& line) {
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(word.size() + 1, line.size()));
  return word;
}

/// from-to rights offset device inode    path
void take_line(std::string_view line) {
  if (module_count == kMaxModules) return;
  Module module;
  module.from = take_number(line, 16);
  module.to = take_number(line, 16);
  if (take_word(line).find('x') == std::string_view::npos) return;
  module.offset = take_number(line, 16);
  take_word(line);
  module.inode = take_number(line, 10);
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  // The kernel writes "(deleted)" behind the path of a file that was replaced.
  if (copy.fd >= 0 && module.inode == copy.inode && (line.starts_with("/memfd:") || line.starts_with(copy.path)))
    line = copy.path;
  if (path_bytes + line.size() + 1 > kPathBytes) return;
  std::memcpy(paths + path_bytes, line.data(), line.size());
  paths[path_bytes + line.size()] = '\0';
  module.path = {paths + path_bytes, line.size()};
  path_bytes += line.size() + 1;
  modules[module_count++] = module;
}

/// A whole file in memory, or nothing. Stays mapped until the next one: most frames lie in the same file.
class File {
 public:
  bool open(const Module& module) {
    if (inode_ == module.inode) return data_ != nullptr;
    if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
    data_ = nullptr;
    inode_ = module.inode;
    if (module.inode == 0) return false;
    const int fd = copy.is(module) ? copy.fd : open_to_read(module.path.data());
    struct stat about {};
    // Another file by that name has other symbols.
    if (fd >= 0 && ::fstat(fd, &about) == 0 && about.st_ino == module.inode && about.st_size > 0) {
      size_ = static_cast<std::size_t>(about.st_size);
      void* const data = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
      if (data != MAP_FAILED) data_ = static_cast<const std::byte*>(data);
    }
    if (fd >= 0 && fd != copy.fd) ::close(fd);
    return data_ != nullptr;
  }
  /// `count` of T at that place; null if they are not all inside.
  template <class T>
  const T* at(std::uint64_t offset, std::uint64_t count = 1) const {
    if (offset > size_ || count > (size_ - offset) / sizeof(T) || offset % alignof(T) != 0) return nullptr;
    return reinterpret_cast<const T*>(data_ + offset);
  }
  std::size_t size() const { return size_; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::uint64_t inode_ = 0;
};
File file;

std::string_view name_in(const ElfW(Shdr) & strings, std::uint32_t at) {
  const char* const text = file.at<char>(strings.sh_offset, strings.sh_size);
  if (text == nullptr || at >= strings.sh_size) return {};
  return {text + at, ::strnlen(text + at, strings.sh_size - at)};
}

/// The function in the table that the address is in. Linear: tables are not sorted, and this happens once.
Symbol search(const ElfW(Shdr) & table, const ElfW(Shdr) & strings, std::uint64_t address) {
  const std::uint64_t count = table.sh_size / sizeof(ElfW(Sym));
  const auto* const symbols = file.at<ElfW(Sym)>(table.sh_offset, count);
  const ElfW(Sym)* best = nullptr;
  for (std::uint64_t i = 0; symbols != nullptr && i < count; ++i) {
    const ElfW(Sym)& symbol = symbols[i];
    if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_shndx == SHN_UNDEF) continue;
    if (address < symbol.st_value || address - symbol.st_value >= symbol.st_size) continue;
    if (best == nullptr || symbol.st_value > best->st_value) best = &symbol;
  }
  if (best == nullptr) return {{}, address};
  return {name_in(strings, best->st_name), address - best->st_value};
}

}  // namespace

void note_copy(int fd, const char* path) {
  struct stat about {};
  if (::fstat(fd, &about) == 0) copy = {fd, about.st_ino, path};
}

bool read_modules() {
  module_count = path_bytes = 0;
  const int fd = open_to_read("/proc/self/maps");
  if (fd < 0) return false;
  static char buffer[8192];  // more than a line
  std::size_t filled = 0;
  for (ssize_t got; (got = ::read(fd, buffer + filled, sizeof buffer - filled)) > 0;) {
    filled += static_cast<std::size_t>(got);
    std::string_view rest(buffer, filled);
    for (std::size_t end; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1))
      take_line(rest.substr(0, end));
    if (rest.size() == sizeof buffer) rest = {};
    std::memmove(buffer, rest.data(), rest.size());
    filled = rest.size();
  }
  ::close(fd);
  return module_count != 0;
}

const Module* find_module(std::uintptr_t address) {
  for (std::size_t i = 0; i < module_count; ++i)
    if (address >= modules[i].from && address < modules[i].to) return &modules[i];
  return nullptr;
}

Symbol find_symbol(const Module& module, std::uintptr_t address) {
  const std::uint64_t in_file = address - module.from + module.offset;
  if (!file.open(module)) return {{}, in_file};
  const auto* const head = file.at<ElfW(Ehdr)>(0);
  if (head == nullptr || std::memcmp(head->e_ident, ELFMAG, SELFMAG) != 0) return {{}, in_file};
  const auto* const segments = file.at<ElfW(Phdr)>(head->e_phoff, head->e_phnum);
  const auto* const sections = file.at<ElfW(Shdr)>(head->e_shoff, head->e_shnum);
  if (segments == nullptr) return {{}, in_file};
  // From the place in the file to the address that the file was linked for, which is what its symbols have.
  std::uint64_t linked = in_file;
  for (unsigned i = 0; i < head->e_phnum; ++i)
    if (segments[i].p_type == PT_LOAD && in_file - segments[i].p_offset < segments[i].p_filesz)
      linked = in_file - segments[i].p_offset + segments[i].p_vaddr;
  for (const std::uint32_t wanted : {SHT_SYMTAB, SHT_DYNSYM}) {
    for (unsigned i = 0; sections != nullptr && i < head->e_shnum; ++i) {
      if (sections[i].sh_type != wanted || sections[i].sh_link >= head->e_shnum) continue;
      const Symbol found = search(sections[i], sections[sections[i].sh_link], linked);
      if (!found.name.empty()) return found;
    }
  }
  return {{}, linked};
}

}  // namespace ropewalk::host
