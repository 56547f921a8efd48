#pragma once
// Sends one file through a coder into another file, which appears atomically. Any thread.

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
  bool derived = false;  ///< `to` was derived from the input path, not named by the user
};

struct Transferred {
  std::filesystem::path to;
  std::int64_t bytes_in = 0, bytes_out = 0;
};

/// `choose` receives the first bytes of the file. Creates the folders of the output, which remain even if the transfer
/// fails. A new file gets the mode of the input file, so its readers are the same.
Transferred transfer(ropewalk::Call& call, const std::filesystem::path& path,
                     const std::function<Way(std::string_view beginning)>& choose);

}  // namespace archive
