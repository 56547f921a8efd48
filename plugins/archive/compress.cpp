// archive.compress.

#include "format.hpp"
#include "tasks.hpp"
#include "transfer.hpp"

namespace archive {
namespace {

const Format& format_called(std::string_view name) {
  std::string names;
  for (const Format& format : formats()) {
    if (format.name == name) return format;
    names.append(names.empty() ? "" : ", ").append(format.name);
  }
  throw ropewalk::Permanent("there is no algorithm '" + std::string(name) + "' (has: " + names + ")");
}

}  // namespace

Compress::Result Compress::run(ropewalk::Call& call) const {
  const Format& format = format_called(algorithm);
  const int chosen = level.value_or(format.default_level);
  if (chosen < 1 || chosen > format.most_level)
    throw ropewalk::Permanent("'level' is " + std::to_string(chosen) + ", but " + algorithm + " has 1 to " +
                              std::to_string(format.most_level));
  const Transferred done = transfer(call, path, [&](std::string_view) {
    return Way{format.compressor(chosen), to.value_or(path.native() + std::string(format.suffix)), !to.has_value()};
  });
  return {.path = path,
          .to = done.to,
          .bytes_in = done.bytes_in,
          .bytes_out = done.bytes_out,
          .ratio = static_cast<double>(done.bytes_in) / static_cast<double>(done.bytes_out)};
}

void Compress::describe(ropewalk::TaskType<Compress>& task) {
  task.summary("Writes one file in fewer bytes, whole or not at all; it is left as it is.")
      .thread_safe()
      .stops()
      .param("path", &Compress::path, "file to read")
      .input_file()
      .option("to", &Compress::to,
              "file to write, replaced if it exists; a link may not lead out of its folder; its folders are made; "
              "default: path and .zst or .gz")
      .output_file()
      .option("algorithm", &Compress::algorithm, "how")
      .one_of({"zstd", "gzip"})
      .option("level", &Compress::level, "from fast to small; gzip has 1 to 9; default: 3 for zstd, 6 for gzip")
      .range(1, 19)
      .result("path", &Result::path, "the file, as it was given")
      .result("to", &Result::to, "the file that was written")
      .result("bytes_in", &Result::bytes_in, "size of the file that was read")
      .result("bytes_out", &Result::bytes_out, "size of the file that was written")
      .result("ratio", &Result::ratio, "how many times smaller it is; below 1: it is larger");
}

}  // namespace archive
