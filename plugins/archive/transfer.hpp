#pragma once
// One file through a coder into another one, which appears whole or not at all. Any thread.

#include "coder.hpp"

#include <ropewalk/sdk/call.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

namespace archive {

struct Way {
  std::unique_ptr<Coder> coder;
  std::filesystem::path to;
  bool derived = false;  ///< `to` is made of the path that is read, and nobody has named it
};

struct Transferred {
  std::filesystem::path to;
  std::int64_t bytes_in = 0, bytes_out = 0;
};

/// `choose` is told how the file begins. Makes the folders of where it goes, which stay, whatever comes then. A new
/// file gets the mode of the one that is read: what others may not read they may not read in another form.
Transferred transfer(ropewalk::Call& call, const std::filesystem::path& path, const std::function<Way(std::string_view beginning)>& choose);

}  // namespace archive
