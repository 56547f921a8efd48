#pragma once
// Where ropewalk-host, ropewalk-warden, the plugins that ship and the package of Python lie. A build tree has bin,
// plugins and python beside each other, an installation bin, libexec/ropewalk, lib/ropewalk/plugins and
// lib/ropewalk/python below one prefix, which may have been moved.
// Values; any thread.

#include <ropewalk/error.hpp>

#include <filesystem>
#include <vector>

namespace ropewalk {

struct ProgramFolder {
  std::filesystem::path programs;  ///< absolute; the first searched that has one of the two, else the first
  std::filesystem::path plugins;   ///< absolute; of the same build tree or installation; need not exist
  std::filesystem::path python;    ///< the same, of the package `ropewalk` of Python
  std::vector<std::filesystem::path> searched;  ///< absolute, in order
  bool found = false;                           ///< one of the two programs is in `programs`
};

/// The file of the running program; empty if it is not known. Without /proc it is found by the name by which the
/// program was started, unless the program has rights that its user lacks: another user may have chosen the name.
std::filesystem::path own_program();

/// `wanted`: by the embedder; no other folder is searched then. Empty: the folder of this program, the installation
/// that this program is part of, and `package`, which may be empty.
ProgramFolder find_program_folder(const std::filesystem::path& wanted, const std::filesystem::path& package);

/// That none of the folders has them.
Error no_programs(const ProgramFolder& place);

/// The plugins that ship with the programs of that folder.
std::filesystem::path shipped_plugins_of(const std::filesystem::path& programs);

}  // namespace ropewalk
