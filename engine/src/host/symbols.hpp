#pragma once
// Finds names for addresses of this process while it is dying: the file that is mapped there, and the function in the
// symbol table of that file. Async-signal-safe: plain system calls and static memory, used by one thread at a time.
// Reads /proc/self/maps on demand, so that libraries which a plugin loaded later are known. Knows nothing of signals or
// stacks. Names stay mangled; the engine demangles them.

#include <cstdint>
#include <string_view>

namespace ropewalk::host {

/// A piece of a file, mapped for execution.
struct Module {
  std::uintptr_t from = 0, to = 0;
  std::uint64_t offset = 0;  ///< of `from` in the file
  std::uint64_t inode = 0;   ///< 0: not a file
  std::string_view path;

  std::string_view name() const { return path.substr(path.rfind('/') + 1); }
};

/// Declares that the plugin is mapped from this descriptor, which has no path or need not be what its path leads to.
/// `path` names it and must stay valid; its symbols are read from the descriptor.
void note_copy(int fd, const char* path);

/// Reads the list of modules, and forgets the previous one. Returns false if there is no /proc.
bool read_modules();
/// Null if the address is not executable.
const Module* find_module(std::uintptr_t address);

struct Symbol {
  std::string_view name;     ///< mangled; empty: not known. Valid until the next call
  std::uint64_t offset = 0;  ///< of the address: in the function, or without a name in the file
};
Symbol find_symbol(const Module& module, std::uintptr_t address);

}  // namespace ropewalk::host
