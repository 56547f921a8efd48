#include "errors.hpp"

#include <ropewalk/sdk/failure.hpp>

#include <string>
#include <system_error>

namespace disk {

void fail(std::string_view what, const std::filesystem::path& path, int error) {
  const std::string text = std::string(what) + " '" + path.native() + "': " + std::generic_category().message(error);
  switch (error) {
    case EMFILE:
    case ENFILE:
      // only opening a file fails this way, and output is renamed into place at the end, so nothing was done
      throw ropewalk::NoRoom(text);
    case EAGAIN:
    case EINTR:
    case ENOMEM: throw ropewalk::Transient(text);
    default: throw std::runtime_error(text);
  }
}

}  // namespace disk
