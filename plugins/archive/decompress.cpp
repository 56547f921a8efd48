// archive.decompress.

#include "format.hpp"
#include "tasks.hpp"
#include "transfer.hpp"

namespace archive {
namespace {

const Format& format_of(std::string_view beginning) {
  std::string names;
  for (const Format& format : formats()) {
    if (beginning.starts_with(format.magic)) return format;
    names.append(names.empty() ? "" : " nor ").append(format.name);
  }
  throw Refused(beginning.empty() ? "it is empty" : "it begins like neither " + names);
}

/// The path without the suffix.
std::filesystem::path without(std::string_view suffix, const std::filesystem::path& path) {
  const std::string& name = path.native();
  if (!name.ends_with(suffix) || path.filename().native().size() == suffix.size())
    throw Refused("its name is not NAME" + std::string(suffix) + ", so say in 'to' where it goes");
  return name.substr(0, name.size() - suffix.size());
}

}  // namespace

Decompress::Result Decompress::run(ropewalk::Call& call) const {
  try {
    const Transferred done = transfer(call, path, [&](std::string_view beginning) {
      const Format& format = format_of(beginning);
      return Way{format.decompressor(), to ? *to : without(format.suffix, path), !to.has_value()};
    });
    return {.path = path,
            .to = done.to,
            .bytes_in = done.bytes_in,
            .bytes_out = done.bytes_out,
            .ratio = static_cast<double>(done.bytes_out) / static_cast<double>(done.bytes_in)};
  } catch (const Refused& error) {
    throw ropewalk::Permanent("cannot decompress '" + path.native() + "': " + error.what());
  }
}

void Decompress::describe(ropewalk::TaskType<Decompress>& task) {
  task.summary("Writes what zstd or gzip compressed, whole or not at all; the compressed file is left as it is.")
      .thread_safe()
      .stops()
      .param("path", &Decompress::path, "file to read; its first bytes say how it was compressed")
      .input_file()
      .option("to", &Decompress::to,
              "file to write, replaced if it exists; a link may not lead out of its folder; its folders are made; "
              "default: path without .zst or .gz")
      .output_file()
      .result("path", &Result::path, "the file, as it was given")
      .result("to", &Result::to, "the file that was written")
      .result("bytes_in", &Result::bytes_in, "size of the file that was read")
      .result("bytes_out", &Result::bytes_out, "size of the file that was written")
      .result("ratio", &Result::ratio, "how many times smaller the file that was read is");
}

}  // namespace archive
