#pragma once
// The flags by which messages of the library refer to inputs of the command line. Any thread.

#include <ropewalk/input_names.hpp>

namespace ropewalk::cli {

inline const InputNames& flag_names() {
  static const InputNames kNames{.set = "--set",
                                 .set_file = "--set-file",
                                 .executor = "--executor",
                                 .stage = "--stage",
                                 .plugin_folder = "--plugins DIR",
                                 .trust = "ropewalk trust",
                                 .trust_once = "add --trust"};
  return kNames;
}

}  // namespace ropewalk::cli
