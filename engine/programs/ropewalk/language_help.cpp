#include "language_help.hpp"

#include "choices/choices.hpp"
#include "expressions/functions.hpp"
#include "tables.hpp"
#include "workflow/key_tables.hpp"
#include "workflow/scalar.hpp"

#include <ropewalk/executors.hpp>

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

KeySection key_section(std::string title, const KeyTable& table, const Choices& choices = {}) {
  KeySection section{std::move(title), {}};
  for (std::size_t i = 0; i < table.keys.size(); ++i) {
    const auto found = choices.find(table.keys[i]);
    section.keys.emplace_back(table.keys[i], table.help[i]);
    if (found != choices.end()) section.keys.back().second += fmt::format(": {}", fmt::join(found->second, ", "));
  }
  return section;
}

/// Appends lines that begin with two spaces.
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

std::string_view language_example() { return kExample; }

std::vector<KeySection> key_sections() {
  return {key_section("Keys of a workflow", workflow_keys()),
          key_section("Keys of a stage", stage_keys(),
                      {{"executor", executor_names()},
                       {"drift", names_of(drift_words())},
                       {"inputs", names_of(file_check_words())},
                       {"after", names_of(after_words())}}),
          key_section("Keys of 'foreach', one of which gives the items", foreach_keys()),
          key_section("Keys of 'lines', where it is a map", lines_keys()),
          key_section("Keys of 'blocks', where it is a map", blocks_keys()),
          key_section("Keys of 'retries'", retries_keys(), {{"when", names_of(retry_kind_words())}}),
          key_section("Keys of 'limits'", limits_keys()),
          key_section("Keys of a param", param_keys(), {{"type", type_names()}})};
}

std::string_view expression_help() {
  return "In ${{ }}: params.NAME, vars.NAME, env.NAME, item, index, stages.NAME.results[*].FIELD, stages.NAME.outcome\n"
         "(succeeded, failed, skipped, left_out, cancelled or not_started), workflow.dir, run.id, attempt, "
         "previous.outcome; + - * / %, == != < "
         "<= > >=,\n"
         "&& || !, ?? for what is absent; and the functions\n";
}

std::string language_help() {
  std::string out(kExample);
  for (const KeySection& section : key_sections()) {
    std::vector<Row> rows;
    for (const auto& [key, help] : section.keys) rows.push_back({key, help});
    fmt::format_to(std::back_inserter(out), "{}:\n", section.title);
    append_rows(out, rows, "  ");
    out += '\n';
  }
  out += expression_help();
  return out + folded(function_names());
}

}  // namespace ropewalk::cli
