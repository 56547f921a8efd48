#include "commands.hpp"
#include "recorded_run.hpp"
#include "page_file.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

namespace ropewalk::cli {
namespace {

/// "quiet-otter.html", here.
std::string default_path(const std::vector<std::unique_ptr<Record>>& records) {
  std::string name;
  for (const auto& record : records) {
    const RecordedRun& run = record->run();
    // A record from elsewhere may have any name.
    std::string word = run.name.empty() ? "run" : run.name;
    for (char& c : word)
      if (c == '/' || c == '\0') c = '_';
    name += (name.empty() ? "" : "-") + word;
  }
  return name + ".html";
}

}  // namespace

int report(const Options& options, Screen& screen) {
  Errors errors;
  std::vector<std::unique_ptr<Record>> records;
  for (std::size_t operand = 0; operand < options.arguments.size(); ++operand) {
    auto record = named_run(options, operand);
    if (record)
      records.push_back(std::move(*record));
    else
      errors.list.push_back(record.error().list.front());
  }
  if (!errors.list.empty()) return refuse(errors, screen);

  std::vector<const Record*> read;
  std::vector<std::filesystem::path> inputs;
  for (const auto& record : records) {
    read.push_back(record.get());
    inputs.push_back(record->run().folder / "run.db");
  }
  Options output = options;
  if (output.report.empty()) output.report = default_path(records);
  if (const auto good = check_outputs(output, inputs); !good) return refuse(good.error(), screen);
  auto file = OutputFile::open(output.report, OutputFile::Kind::document, "-o");
  if (!file) return refuse(file.error(), screen);
  const auto problem = write_page(read, **file);
  if (!problem) return refuse(problem.error(), screen);
  if (problem->empty()) {
    if (output.report != "-") screen.say(fmt::format("wrote {}\n", escape_for_display(output.report)));
    return 0;
  }
  screen.say(fmt::format("ropewalk: {}\n", *problem));
  return kOutputFailed;
}

}  // namespace ropewalk::cli
