#pragma once
// What a shared library tells the dynamic loader, read from its file: where it is to look, and what for. Judges
// nothing.

#include "plugin_files/elf_file.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ropewalk {

struct DynamicSection {
  struct Search {
    const char* tag;      ///< "RPATH" or "RUNPATH"
    std::string folders;  ///< as it stands there: separated by colons
  };
  std::vector<Search> searches;
  std::vector<std::string> needed;  ///< names or paths of other libraries
  bool text_relocations = false;    ///< its code is written to while it is loaded
};

/// Nothing if it is damaged; an empty one where there is none.
std::optional<DynamicSection> read_dynamic_section(const ElfFile& file);

}  // namespace ropewalk
