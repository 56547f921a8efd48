#pragma once
// ResolveContext for addresses of this process, for a process that is dying: which file is mapped there, and which
// function of that file's symbol table it is in. Everything here is async-signal-safe: plain system calls and static
// memory, used by one thread at a time. It reads /proc/self/maps when it is asked, not a list from before, so it knows
// what a plugin loaded later; it knows nothing of signals or stacks. ResolveContext stay mangled: demangling is for the
// living.

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

/// The plugin is mapped from this descriptor, which has no path: `path`, which is borrowed for ever, names it, and its
/// symbols are read from the descriptor.
void note_copy(int fd, const char* path);

/// Reads the list of modules; the ones found before are forgotten. False if there is no /proc.
bool read_modules();
/// Null if nothing may be executed there.
const Module* find_module(std::uintptr_t address);

struct Symbol {
  std::string_view name;     ///< mangled; empty: not known. Valid until the next call
  std::uint64_t offset = 0;  ///< of the address: in the function, or without a name in the file
};
Symbol find_symbol(const Module& module, std::uintptr_t address);

}  // namespace ropewalk::host
