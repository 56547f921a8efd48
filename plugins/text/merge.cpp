// text.merge.

#include "tasks.hpp"

namespace text {

Merge::Result Merge::run(ropewalk::Call& call) const {
  Result result;
  Tally tally;
  for (const Counts& part : counts) {
    call.stop_if_cancelled();
    for (const auto& [word, count] : part) {
      if (count < 0)
        throw ropewalk::Permanent("cannot add the counts: that of '" + word + "' is " + std::to_string(count));
      // No word's count exceeds the total of all words.
      if (__builtin_add_overflow(result.words, count, &result.words))
        throw ropewalk::Permanent("cannot add the counts: their sum does not fit into 64 bits");
      tally[word] += count;
    }
  }
  result.distinct = static_cast<std::int64_t>(tally.size());
  const std::vector<Ranked> words = ranked(tally, most);
  result.counts = counts_of(words);
  result.lines.reserve(words.size());
  for (const auto& [word, count] : words) result.lines.push_back(std::to_string(count) + " " + std::string(word));
  return result;
}

void Merge::describe(ropewalk::TaskType<Merge>& task) {
  task.summary("Adds counts of words.")
      .thread_safe()
      .stops()
      .param("counts", &Merge::counts, "what text.count gave for each file, maps of word and count")
      .option("most", &Merge::most, "how many of the most frequent words to give; default: all")
      .min(1)
      .result("counts", &Result::counts, "by word")
      .result("words", &Result::words, "the sum of all counts")
      .result("distinct", &Result::distinct, "different words")
      .result("lines", &Result::lines,
              "'COUNT WORD', the most frequent first, equally frequent ones in bytewise order");
}

}  // namespace text
