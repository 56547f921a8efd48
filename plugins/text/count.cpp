// text.count.

#include "disk/source.hpp"
#include "tasks.hpp"
#include "words.hpp"

#include <algorithm>

namespace text {
namespace {

/// Limit on the different words in one file. Real text has fewer, and other input would use the memory of other tasks.
constexpr std::size_t kMaxDistinct = 1'000'000;

[[noreturn]] void refuse(const std::filesystem::path& path) {
  throw ropewalk::Permanent("cannot count the words of '" + path.native() + "': it holds more than " +
                            std::to_string(kMaxDistinct) + " different ones; count parts of it");
}

}  // namespace

Count::Result Count::run(ropewalk::Call& call, Worker& worker) const {
  disk::Source source(path);
  Result result;
  result.path = path;
  Tally tally;
  Words words([&](std::string_view word) {
    ++result.words;
    if (const auto known = tally.find(word); known != tally.end())
      ++known->second;
    else if (tally.size() < kMaxDistinct)
      tally.emplace(word, 1);
    else
      refuse(path);
  });
  for (;;) {
    call.stop_if_cancelled();
    const std::size_t got = source.read({worker.buffer.get(), Worker::kSize});
    if (got == 0) break;
    const std::string_view block(worker.buffer.get(), got);
    result.bytes += static_cast<std::int64_t>(got);
    result.lines += std::count(block.begin(), block.end(), '\n');
    words.put(block);
  }
  words.end();
  result.distinct = static_cast<std::int64_t>(tally.size());
  result.counts = counts_of(ranked(tally, most));
  return result;
}

void Count::describe(ropewalk::TaskType<Count>& task) {
  task.summary("Lines, words and bytes of one file, and how often each word stands in it.")
      .thread_safe()
      .stops()
      .param("path", &Count::path, "file to read, in UTF-8; what is not UTF-8 separates words")
      .input_file()
      .option("most", &Count::most, "how many of the most frequent words to give; default: all")
      .min(1)
      .result("path", &Result::path, "the file, as it was given")
      .result("lines", &Result::lines, "newlines in it, as wc counts them")
      .result("words", &Result::words, "runs of letters and digits, all of them also with most")
      .result("bytes", &Result::bytes, "size of the file")
      .result("distinct", &Result::distinct, "different words, at most 1,000,000")
      .result("counts", &Result::counts, "by word, with ASCII letters in lower case; words are cut after 256 bytes");
}

}  // namespace text
