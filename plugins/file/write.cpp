// file.write: writes lines or a text atomically.

#include "disk/replacement.hpp"
#include "tasks.hpp"

namespace file {
namespace {

/// Buffers small pieces, because one system call per line would dominate the cost.
class Output {
 public:
  explicit Output(disk::Replacement& file) : file_(file) { pending_.reserve(2 * kBlock); }

  void put(std::string_view text) {
    pending_ += text;
    bytes_ += static_cast<std::int64_t>(text.size());
    if (pending_.size() >= kBlock) flush();
  }
  void flush() {
    file_.write(pending_);
    pending_.clear();
  }
  std::int64_t bytes() const { return bytes_; }

 private:
  static constexpr std::size_t kBlock = 64 << 10;
  disk::Replacement& file_;
  std::string pending_;
  std::int64_t bytes_ = 0;
};

}  // namespace

Write::Result Write::run(ropewalk::Call& call) const {
  if (lines.has_value() == text.has_value())
    throw ropewalk::Permanent(std::string("give either 'lines' or 'text', not ") + (text ? "both" : "neither"));
  disk::Replacement file(path);
  Output output(file);
  if (text) output.put(*text);
  if (lines) {
    for (const std::string_view line : *lines) {
      output.put(line);
      output.put("\n");
    }
  }
  output.flush();
  call.stop_if_cancelled();
  file.move_into_place();
  return {.path = path, .bytes = output.bytes()};
}

void Write::describe(ropewalk::TaskType<Write>& task) {
  task.summary("Writes a file, whole or not at all.")
      .thread_safe()
      .exactly_one({"lines", "text"})
      .param("path", &Write::path, "file to write; replaced if it exists; a link may not lead out of its folder")
      .output_file()
      .option("lines", &Write::lines, "its lines, each to be ended with a newline")
      .option("text", &Write::text, "its content, as it stands; instead of lines")
      .result("path", &Result::path, "the file, as it was given")
      .result("bytes", &Result::bytes, "size of the file");
}

}  // namespace file
