#include "plugin_files/inspect.hpp"

#include "base/fd.hpp"
#include "base/text.hpp"
#include "plugin_files/dynamic_section.hpp"
#include "plugin_files/elf_file.hpp"
#include "plugin_files/identity.hpp"
#include "plugin_files/path_walk.hpp"
#include "plugin_files/python_file.hpp"

#include <ropewalk/codes.hpp>
#include <ropewalk/sdk/abi.h>

#include <elf.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

namespace ropewalk {
namespace {

namespace fs = std::filesystem;

constexpr off_t kMaxBytes = off_t{1} << 30;
constexpr std::uint64_t kMaxTable = 64u << 20;  // of section headers, symbols or names

#if defined(__x86_64__)
constexpr std::uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t kMachine = EM_AARCH64;
#else
constexpr std::uint16_t kMachine = EM_NONE;
#endif

std::string machine_name(std::uint16_t machine) {
  switch (machine) {
    case EM_X86_64: return "x86-64";
    case EM_AARCH64: return "aarch64";
    case EM_386: return "i386";
    case EM_ARM: return "arm";
    case EM_RISCV: return "riscv";
    case EM_PPC64: return "ppc64";
    case EM_S390: return "s390";
    default: return fmt::format("machine {}", machine);
  }
}

/// One refusal; the message begins with the plugin's path.
struct Refusal {
  const char* code;
  std::string why;
  std::string fix;
};
using Checked = std::optional<Refusal>;

Refusal truncated() { return {codes::kPluginTruncated, "it is truncated or damaged", "build or copy it again"}; }

class Elf {
 public:
  explicit Elf(const ElfFile& file) : file_(file) {}

  Checked check() {
    Elf64_Ehdr head;
    if (!file_.read(0, &head, sizeof head) || std::memcmp(head.e_ident, ELFMAG, SELFMAG) != 0)
      return Refusal{codes::kPluginNotElf,
                     file_.size() == 0 ? "it is empty" : "it is not a shared library (no ELF header)",
                     "build it with -shared -fPIC"};
    if (head.e_ident[EI_CLASS] != ELFCLASS64)
      return Refusal{codes::kPluginMachine, "it is built for a 32-bit machine, this one has 64 bits",
                     "build it on or for this machine"};
    if (head.e_ident[EI_DATA] != ELFDATA2LSB)
      return Refusal{codes::kPluginMachine, "it is built for a big-endian machine", "build it on or for this machine"};
    if (head.e_machine != kMachine)
      return Refusal{
          codes::kPluginMachine,
          fmt::format("it is built for {}, this is {}", machine_name(head.e_machine), machine_name(kMachine)),
          "build it on or for this machine"};
    if (head.e_type != ET_DYN)
      return Refusal{codes::kPluginNotElf, "it is not a shared library, but another kind of ELF file",
                     "build it with -shared -fPIC"};
    if (Checked bad = check_segments(head)) return bad;
    return check_symbols(head);
  }

 private:
  Checked check_segments(const Elf64_Ehdr& head) {
    if (head.e_phentsize != sizeof(Elf64_Phdr) || head.e_phnum == 0) return truncated();
    bool loads = false;
    for (unsigned i = 0; i < head.e_phnum; ++i) {
      Elf64_Phdr segment;
      if (!file_.read(head.e_phoff + i * sizeof segment, &segment, sizeof segment)) return truncated();
      if (segment.p_type == PT_LOAD || segment.p_type == PT_DYNAMIC) {
        loads = loads || segment.p_type == PT_LOAD;
        if (!file_.inside(segment.p_offset, segment.p_filesz)) return truncated();
      }
      // Loading it would make the stacks of the whole host executable.
      if (segment.p_type == PT_GNU_STACK && (segment.p_flags & PF_X) != 0)
        return Refusal{codes::kPluginUnsafe, "it asks for an executable stack", "link it with -z noexecstack"};
    }
    return loads ? Checked() : truncated();
  }

  Checked check_symbols(const Elf64_Ehdr& head) {
    if (head.e_shentsize != sizeof(Elf64_Shdr) || head.e_shnum == 0 ||
        !file_.inside(head.e_shoff, std::uint64_t{head.e_shnum} * sizeof(Elf64_Shdr)))
      return truncated();
    std::vector<Elf64_Shdr> sections(head.e_shnum);
    if (!file_.read(head.e_shoff, sections.data(), sections.size() * sizeof(Elf64_Shdr))) return truncated();
    for (const Elf64_Shdr& section : sections)
      if (section.sh_type != SHT_NOBITS && !file_.inside(section.sh_offset, section.sh_size)) return truncated();
    std::string other_version;
    for (const Elf64_Shdr& section : sections) {
      if (section.sh_type != SHT_DYNSYM || section.sh_entsize != sizeof(Elf64_Sym)) continue;
      if (section.sh_link >= sections.size() || section.sh_size > kMaxTable ||
          sections[section.sh_link].sh_size > kMaxTable)
        return truncated();
      std::vector<Elf64_Sym> symbols(section.sh_size / sizeof(Elf64_Sym));
      std::string names(sections[section.sh_link].sh_size, '\0');
      if (!file_.read(section.sh_offset, symbols.data(), symbols.size() * sizeof(Elf64_Sym)) ||
          !file_.read(sections[section.sh_link].sh_offset, names.data(), names.size()))
        return truncated();
      for (const Elf64_Sym& symbol : symbols) {
        if (symbol.st_shndx == SHN_UNDEF || symbol.st_name >= names.size()) continue;
        const std::string_view name = names.c_str() + symbol.st_name;
        if (name == ROPEWALK_ENTRY_SYMBOL) return {};
        if (name.starts_with("ropewalk_plugin_v")) other_version = name;
      }
    }
    if (!other_version.empty())
      return Refusal{codes::kPluginAbi,
                     fmt::format("it is built for another version of the plugin ABI: it has {}, this engine loads {}",
                                 other_version, ROPEWALK_ENTRY_SYMBOL),
                     "build it against the sdk of this version of Ropewalk"};
    return Refusal{
        codes::kPluginNoEntry,
        fmt::format("it is a shared library, but no Ropewalk plugin: it does not export {}", ROPEWALK_ENTRY_SYMBOL),
        "end its source with ROPEWALK_PLUGIN(...), or define the symbol in C"};
  }

  const ElfFile file_;
};

/// Whoever can put a library where the loader looks for one can run code as this user, also where there is no such
/// folder yet and he could make it. A sticky bit does not help there: new files are allowed.
std::string why_no_search_folder(std::string_view entry, const fs::path& plugin, const TrustedOwners& owners) {
  if (entry.empty()) return "an empty entry";
  std::string folder(entry);
  for (const std::string_view origin : {"${ORIGIN}", "$ORIGIN"})
    if (entry.starts_with(origin) && (entry.size() == origin.size() || entry[origin.size()] == '/'))
      folder = plugin.parent_path().string() + folder.substr(origin.size());
  if (folder.find('$') != std::string::npos) return "a variable other than $ORIGIN";
  if (folder.front() != '/') return "a relative folder";
  for (const fs::path& path :
       {fs::path(folder), fs::path(folder).lexically_normal()}) {  // "x/.." leads elsewhere once there is an x
    const PathWalk walk = walk_path(path, owners);
    if ((walk.status.st_mode & S_IWOTH) != 0) return fmt::format("everybody may write to {}", walk.real.string());
    if (walk.unsafe) return walk.unsafe->why;
  }
  return {};
}

/// What the file makes the dynamic loader do.
Checked check_dynamic_section(const ElfFile& elf, const fs::path& file, const TrustedOwners& owners) {
  const std::optional<DynamicSection> section = read_dynamic_section(elf);
  if (!section) return truncated();
  if (section->text_relocations)
    return Refusal{codes::kPluginUnsafe, "its code would be writable while it is loaded (text relocations)",
                   "compile all of it with -fPIC"};
  for (const auto& [tag, folders] : section->searches) {
    for (std::size_t at = 0; at <= folders.size();) {
      const std::size_t end = std::min(folders.find(':', at), folders.size());
      const std::string_view entry = std::string_view(folders).substr(at, end - at);
      if (const std::string why = why_no_search_folder(entry, file, owners); !why.empty())
        return Refusal{codes::kPluginUnsafe,
                       fmt::format("it looks for libraries in '{}', its {}: {}", escape_for_display(folders), tag, why),
                       "link it with -rpath and folders that are absolute or begin with $ORIGIN, and that only you or "
                       "root may write to"};
      at = end + 1;
    }
  }
  for (const std::string& needed : section->needed) {
    if (needed.find('/') == std::string::npos) continue;
    if (needed.front() != '/')
      return Refusal{codes::kPluginUnsafe,
                     fmt::format("it needs the library '{}', a path from wherever ropewalk is started",
                                 escape_for_display(needed)),
                     "give that library a name (-soname) and link again"};
    if (const PathWalk walk = walk_path(needed, owners); walk.unsafe)
      return Refusal{codes::kPluginUnsafe,
                     fmt::format("it needs the library '{}': {}", escape_for_display(needed), walk.unsafe->why),
                     walk.unsafe->fix};
  }
  return {};
}

/// Whoever can change the file can run code as this user.
Checked check_trust(const fs::path& file, const struct stat& status, const TrustedOwners& owners,
                    std::vector<std::string>& warnings) {
  if (!owners.include(status.st_uid))
    return Refusal{
        codes::kPluginUntrusted,
        fmt::format("it belongs to user {}, who is neither you, root nor the owner of ropewalk", status.st_uid),
        "chown it, or copy it"};
  if ((status.st_mode & S_IWOTH) != 0)
    return Refusal{codes::kPluginUntrusted, "everybody may write to it", fmt::format("chmod o-w {}", file.string())};
  if ((status.st_mode & S_IWGRP) != 0)
    warnings.push_back(fmt::format("plugin {}: its group may write to it", file.string()));
  return {};
}

Checked check_kind(const struct stat& status) {
  const char* what = S_ISDIR(status.st_mode)                              ? "a folder"
                     : S_ISFIFO(status.st_mode)                           ? "a FIFO"
                     : S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode) ? "a device"
                     : S_ISSOCK(status.st_mode)                           ? "a socket"
                     : !S_ISREG(status.st_mode)                           ? "no regular file"
                                                                          : nullptr;
  if (what != nullptr)
    return Refusal{codes::kPluginNotAFile, fmt::format("it is {}", what),
                   "a plugin is a shared library in a regular file"};
  if (status.st_size > kMaxBytes)
    return Refusal{codes::kPluginNotAFile, "it is larger than 1 GiB", "a plugin is a shared library of ordinary size"};
  return {};
}

Error refused(const fs::path& file, const Refusal& refusal) {
  return {refusal.code,
          fmt::format("plugin {} is refused: {}", escape_for_display(file.string()), refusal.why),
          {},
          {refusal.fix}};
}

}  // namespace

Result<PluginInspection> inspect_plugin(const fs::path& given, const fs::path& program) {
  const fs::path file = fs::absolute(given);
  const TrustedOwners owners(program);
  PathWalk walk = walk_path(file, owners);
  if (walk.unsafe)
    return refused(given, {codes::kPluginUntrusted, std::move(walk.unsafe->why), std::move(walk.unsafe->fix)});
  if (walk.error != 0)
    return refused(given, {walk.error == ENOENT ? codes::kPluginNotFound : codes::kPluginNotAFile,
                           fmt::format("it cannot be read: {}", std::strerror(walk.error)),
                           walk.error == EMFILE ? "raise the limit of open files (ulimit -n)"
                                                : "check the path and its permissions"});
  if (Checked bad = check_kind(walk.status)) return refused(given, *bad);
  PluginInspection look;
  if (Checked bad = check_trust(file, walk.status, owners, look.warnings)) return refused(given, *bad);
  const ElfFile elf(walk.end.get(), static_cast<std::uint64_t>(walk.status.st_size));
  if (!is_python_file(file)) {
    if (Checked bad = Elf(elf).check()) return refused(given, *bad);
    if (Checked bad = check_dynamic_section(elf, file, owners)) return refused(given, *bad);
  }
  PluginIdentity identity = identity_of(elf, walk.status, file);
  look.identity = std::move(identity.text);
  look.brings_libraries = identity.brings_libraries;
  look.bytes = elf.size();
  look.file = std::move(walk.end);
  return look;
}

Result<std::shared_ptr<const PluginImage>> copy_plugin(const PluginInspection& look, const fs::path& file) {
  if (look.brings_libraries) return std::shared_ptr<const PluginImage>();
  std::shared_ptr<const PluginImage> image = PluginImage::copy(look.file.get(), look.bytes, file.filename().string());
  struct stat now {};
  const bool same = ::fstat(look.file.get(), &now) == 0 &&
                    identity_of(ElfFile(look.file.get(), look.bytes), now, file).text == look.identity;
  // Two writes can fall into one tick of the file's times, so the copy is checked as well.
  const auto is_whole = [&] {
    return !image || is_python_file(file) || !Elf(ElfFile(image->fd(), image->bytes())).check();
  };
  if (same && is_whole()) return image;
  return refused(file, {codes::kPluginChanged, "it was written to while it was being copied",
                        "run again when its build or copy is complete"});
}

}  // namespace ropewalk
