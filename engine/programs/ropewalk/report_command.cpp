#include "commands.hpp"
#include "output_file.hpp"
#include "page_file.hpp"
#include "recorded_run.hpp"

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
  const std::string path = options.report.empty() ? default_path(records) : options.report;
  if (const auto good = check_output("-o", path, inputs); !good) return refuse(good.error(), screen);
  const auto file = OutputFile::open(path, OutputFile::Kind::document, "-o");
  if (!file) return refuse(file.error(), screen);
  if (const auto written = write_page(read, **file); !written) return refuse(written.error(), screen);
  if (const std::string problem = (*file)->commit(); !problem.empty())
    return screen.say(fmt::format("ropewalk: {}\n", problem)), kOutputFailed;
  if (path != "-") screen.say(fmt::format("wrote {}\n", escape_for_display(path)));
  return 0;
}

}  // namespace ropewalk::cli
