#pragma once
// The ledgers of a run for people: a table of where the time of each stage's workers went, in percent of workers x wall
// time, and a sentence for each stage that wasted some of it. Nothing is said that was not measured. Pure text.
//
//   stage  workers x time   user  blocked  dispatch  starved  tail  residual  engine    METG
//   fetch      1 x 4.10 s   0.1%    99.3%      0.1%     0.0%  0.5%      0.0%       -       -
//   hash       8 x 4.21 s  11.9%     0.4%      0.2%    86.8%  0.7%      0.0%  610 ns  940 ns

#include <ropewalk/run_result.hpp>

#include <string>
#include <vector>

namespace ropewalk {

/// Nothing if no stage was measured.
void append_ledgers(std::string& out, const std::vector<StageResult>& stages, bool color);

/// What the ledger of a stage means: its largest loss, and the cause as far as it is known. Empty if no part of more
/// than a tenth is a loss.
std::string ledger_sentence(const StageResult& stage);

}  // namespace ropewalk
