#include "plugin_files/dynamic_section.hpp"

#include <elf.h>

#include <cstdint>

namespace ropewalk {
namespace {

constexpr std::uint64_t kMaxTable = 64u << 20;

/// Entries up to the one that ends them.
bool read_entries(const ElfFile& file, const Elf64_Phdr& segment, std::vector<Elf64_Dyn>& entries) {
  if (segment.p_filesz > kMaxTable) return false;
  entries.resize(segment.p_filesz / sizeof(Elf64_Dyn));
  if (!file.read(segment.p_offset, entries.data(), entries.size() * sizeof(Elf64_Dyn))) return false;
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (entries[i].d_tag == DT_NULL) entries.resize(i);
  return true;
}

/// The table of names; the loader is told its address, not its place in the file.
std::optional<std::string> read_names(const ElfFile& file, const std::vector<Elf64_Phdr>& segments,
                                      const std::vector<Elf64_Dyn>& entries) {
  std::uint64_t address = 0, size = 0;
  for (const Elf64_Dyn& entry : entries) {
    if (entry.d_tag == DT_STRTAB) address = entry.d_un.d_ptr;
    if (entry.d_tag == DT_STRSZ) size = entry.d_un.d_val;
  }
  if (size > kMaxTable) return std::nullopt;
  std::string names(size, '\0');
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type != PT_LOAD || address < segment.p_vaddr || address - segment.p_vaddr >= segment.p_filesz)
      continue;
    if (!file.read(segment.p_offset + (address - segment.p_vaddr), names.data(), names.size())) return std::nullopt;
    return names;
  }
  return std::nullopt;
}

}  // namespace

std::optional<DynamicSection> read_dynamic_section(const ElfFile& file) {
  Elf64_Ehdr head;
  if (!file.read(0, &head, sizeof head)) return std::nullopt;
  std::vector<Elf64_Phdr> segments(head.e_phnum);
  if (!file.read(head.e_phoff, segments.data(), segments.size() * sizeof(Elf64_Phdr))) return std::nullopt;
  DynamicSection section;
  std::vector<Elf64_Dyn> entries;
  for (const Elf64_Phdr& segment : segments)
    if (segment.p_type == PT_DYNAMIC && !read_entries(file, segment, entries)) return std::nullopt;
  if (entries.empty()) return section;
  const std::optional<std::string> names = read_names(file, segments, entries);
  if (!names) return std::nullopt;
  for (const Elf64_Dyn& entry : entries) {
    const bool named = entry.d_tag == DT_RPATH || entry.d_tag == DT_RUNPATH || entry.d_tag == DT_NEEDED;
    if (named && entry.d_un.d_val >= names->size()) return std::nullopt;
    if (entry.d_tag == DT_RPATH) section.searches.push_back({"RPATH", names->c_str() + entry.d_un.d_val});
    if (entry.d_tag == DT_RUNPATH) section.searches.push_back({"RUNPATH", names->c_str() + entry.d_un.d_val});
    if (entry.d_tag == DT_NEEDED) section.needed.emplace_back(names->c_str() + entry.d_un.d_val);
    if (entry.d_tag == DT_TEXTREL || (entry.d_tag == DT_FLAGS && (entry.d_un.d_val & DF_TEXTREL) != 0))
      section.text_relocations = true;
  }
  return section;
}

}  // namespace ropewalk
