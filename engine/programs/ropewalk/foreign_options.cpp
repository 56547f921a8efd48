#include "foreign_options.hpp"

#include "base/word_table.hpp"

namespace ropewalk::cli {
namespace {

constexpr std::string_view kTwinJobs = "-j N runs so many tasks at once";
constexpr std::string_view kTwinItem = "the item is {}, wherever it stands; no option is needed";
constexpr std::string_view kTwinBatch = "-n K gives each task so many items";
constexpr std::string_view kTwinFile = "--lines FILE, or :::: FILE behind the command";
constexpr std::string_view kTwinOrder = "results are in the order of the items, unless --order completion is given";
constexpr std::string_view kTwinWhole = "the output of a task is printed as a whole, when it has ended";
constexpr std::string_view kTwinEmpty = "without items nothing runs; --allow-empty makes the exit code 0";
constexpr std::string_view kTwinProgress = "progress is shown on a terminal; -q hides it";
constexpr std::string_view kTwinColumns = "an expression splits the item: '${{ split(item, \",\")[0] }}'";
constexpr std::string_view kTwinEnd = "-0 reads items that end with NUL; a workflow has 'lines: {file, end}'";
constexpr std::string_view kTwinDryRun = "--dry-run prints the command lines and runs nothing";
constexpr std::string_view kTwinMachines = "ropewalk runs on this machine only";
constexpr std::string_view kTwinAgain = "--record records the run, and 'ropewalk resume' continues it";
constexpr std::string_view kTwinLinked = "a list behind :::+ is linked to the list before it";
constexpr std::string_view kTwinLoad = "-j limits the tasks; what they use is limited in a workflow, with 'limits'";
constexpr std::string_view kTwinTag = "--tag begins each line with the item";
constexpr std::string_view kTwinRecords =
    "--pipe ends blocks at line ends, or with -0 at NUL; --block and -n limit them";

constexpr Word<std::string_view> kOptions[] = {{"--arg-file", kTwinFile},
                                               {"--bar", kTwinProgress},
                                               {"--colsep", kTwinColumns},
                                               {"--delay", kTwinLoad},
                                               {"--delimiter", kTwinEnd},
                                               {"--dryrun", kTwinDryRun},
                                               {"--eta", kTwinProgress},
                                               {"--group", kTwinWhole},
                                               {"--interactive", kTwinDryRun},
                                               {"--keep-order", kTwinOrder},
                                               {"--line-buffer", kTwinWhole},
                                               {"--linebuffer", kTwinWhole},
                                               {"--link", kTwinLinked},
                                               {"--load", kTwinLoad},
                                               {"--max-args", kTwinBatch},
                                               {"--max-chars", kTwinBatch},
                                               {"--max-lines", kTwinBatch},
                                               {"--max-procs", kTwinJobs},
                                               {"--max-replace-args", kTwinBatch},
                                               {"--memfree", kTwinLoad},
                                               {"--nice", kTwinLoad},
                                               {"--no-run-if-empty", kTwinEmpty},
                                               {"--null-input", kTwinEnd},
                                               {"--pipepart", kTwinRecords},
                                               {"--progress", kTwinProgress},
                                               {"--recend", kTwinRecords},
                                               {"--recstart", kTwinRecords},
                                               {"--replace", kTwinItem},
                                               {"--resume", kTwinAgain},
                                               {"--resume-failed", kTwinAgain},
                                               {"--retry-failed", kTwinAgain},
                                               {"--shuffle", "--shuf gives the items a random order"},
                                               {"--sshlogin", kTwinMachines},
                                               {"--sshloginfile", kTwinMachines},
                                               {"--tagstring", kTwinTag},
                                               {"--ungroup", kTwinWhole},
                                               {"--xapply", kTwinLinked},
                                               {"--xargs", kTwinBatch},
                                               {"-C", kTwinColumns},
                                               {"-I", kTwinItem},
                                               {"-L", kTwinBatch},
                                               {"-N", kTwinBatch},
                                               {"-P", kTwinJobs},
                                               {"-S", kTwinMachines},
                                               {"-X", kTwinBatch},
                                               {"-a", kTwinFile},
                                               {"-d", kTwinEnd},
                                               {"-i", kTwinItem},
                                               {"-k", kTwinOrder},
                                               {"-l", kTwinBatch},
                                               {"-m", kTwinBatch},
                                               {"-p", kTwinDryRun},
                                               {"-r", kTwinEmpty},
                                               {"-s", kTwinBatch},
                                               {"-t", kTwinDryRun},
                                               {"-u", kTwinWhole}};

}  // namespace

std::string_view twin_of(std::string_view option) {
  if (!option.starts_with("--")) option = option.substr(0, 2);  // -P4
  return find_word<std::string_view>(kOptions, option).value_or(std::string_view());
}

}  // namespace ropewalk::cli
