#include "language_help.hpp"

#include "choices/choices.hpp"
#include "plan/executor_table.hpp"
#include "expressions/functions.hpp"
#include "tables.hpp"
#include "workflow/key_tables.hpp"
#include "workflow/scalar.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace ropewalk::cli {
namespace {

constexpr std::string_view kExample = R"(A workflow is a YAML file. Its stages run a task type over items:

  ropewalk: 1
  params: {root: {type: path, default: workflows}}
  stages:
    - name: hash
      task: file.checksum                          # 'ropewalk plugins show file' has its parameters
      foreach: {glob: "${{ params.root }}/*"}      # a task for each file
      with: {path: "${{ item }}"}
      retries: 2
    - name: manifest                               # begins when hash has ended
      task: file.write
      with: {path: SHA256SUMS, lines: "${{ stages.hash.results[*].line }}"}

)";

using Choices = std::map<std::string, std::vector<std::string>>;

void append_keys(std::string& out, std::string_view title, const KeyTable& table, const Choices& choices = {}) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < table.keys.size(); ++i) {
    const auto found = choices.find(table.keys[i]);
    rows.push_back({table.keys[i], table.help[i]});
    if (found != choices.end()) rows.back().back() += fmt::format(": {}", fmt::join(found->second, ", "));
  }
  fmt::format_to(std::back_inserter(out), "{}:\n", title);
  append_rows(out, rows, "  ");
  out += '\n';
}

/// In lines that begin with two blanks.
std::string folded(const std::vector<std::string>& words) {
  constexpr std::size_t kWidth = 100;
  std::string out, line = " ";
  for (const std::string& word : words) {
    if (line.size() + word.size() >= kWidth) out += std::exchange(line, " ") + "\n";
    line += " " + word;
  }
  return out + line + "\n";
}

}  // namespace

std::string language_help() {
  std::string out(kExample);
  append_keys(out, "Keys of a workflow", workflow_keys());
  append_keys(out, "Keys of a stage", stage_keys(), {{"executor", executor_names()}, {"drift", names_of(drift_words())}, {"after", names_of(after_words())}});
  append_keys(out, "Keys of 'foreach', one of which gives the items", foreach_keys());
  append_keys(out, "Keys of 'lines', where it is a map", lines_keys());
  append_keys(out, "Keys of 'retries'", retries_keys(), {{"when", names_of(retry_kind_words())}});
  append_keys(out, "Keys of 'limits'", limits_keys());
  append_keys(out, "Keys of a param", param_keys(), {{"type", type_names()}});
  out += "In ${{ }}: params.NAME, vars.NAME, env.NAME, item, index, stages.NAME.results[*].FIELD, stages.NAME.outcome\n"
         "(succeeded, failed, skipped, left_out, cancelled or not_started), workflow.dir, run.id; + - * / %, == != < <= > >=,\n"
         "&& || !, ?? for what is absent; and the functions\n";
  return out + folded(function_names());
}

}  // namespace ropewalk::cli
