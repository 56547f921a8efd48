#include "transfer.hpp"

#include "disk/errors.hpp"
#include "disk/replacement.hpp"
#include "disk/source.hpp"

#include <ropewalk/sdk/failure.hpp>

namespace archive {
namespace {

void refuse_itself(const struct stat& source, const std::filesystem::path& to) {
  struct stat target {};
  if (::stat(to.c_str(), &target) == 0 && target.st_dev == source.st_dev && target.st_ino == source.st_ino)
    throw ropewalk::Permanent("cannot write '" + to.native() + "': it is the file that is read");
}

void make_folders_of(const std::filesystem::path& path) {
  if (!path.has_parent_path()) return;
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error) disk::fail("cannot make the folder", path.parent_path(), error.value());
}

}  // namespace

Transferred transfer(ropewalk::Call& call, const std::filesystem::path& path,
                     const std::function<Way(std::string_view)>& choose) {
  disk::Source source(path);
  const auto block = std::make_unique_for_overwrite<char[]>(kPiece);
  const auto read = [&] {
    call.stop_if_cancelled();
    return std::string_view(block.get(), source.read({block.get(), kPiece}));
  };
  std::string_view piece = read();
  const Way way = choose(piece);
  refuse_itself(source.status(), way.to);
  make_folders_of(way.to);

  disk::Replacement file(way.to, source.status().st_mode & 0777, way.derived ? disk::Links::never : disk::Links::below);
  Transferred done{.to = way.to};
  // Check here too: a small file may expand so much that nothing is read for hours.
  const Sink sink = [&](std::string_view made) {
    call.stop_if_cancelled();
    file.write(made);
    done.bytes_out += static_cast<std::int64_t>(made.size());
  };
  for (; !piece.empty(); piece = read()) {
    done.bytes_in += static_cast<std::int64_t>(piece.size());
    way.coder->put(piece, sink);
  }
  way.coder->end(sink);
  call.stop_if_cancelled();
  file.move_into_place();
  return done;
}

}  // namespace archive
