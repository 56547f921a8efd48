#include "commands.hpp"
#include "output_file.hpp"
#include "page_file.hpp"
#include "recorded_run.hpp"

#include "base/text.hpp"
#include "page/page.hpp"

#include <ropewalk/codes.hpp>

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

/// "modes.html" of modes.json, here.
std::string default_path(const std::string& comparison) {
  if (comparison == "-") return "comparison.html";
  return std::filesystem::path(comparison).filename().replace_extension(".html").string();
}

/// `write(sink)` writes the page. `inputs`: what it is made of.
template <class Write>
int write_report(const std::string& path, const std::vector<std::filesystem::path>& inputs, Screen& screen,
                 Write&& write) {
  if (const auto good = check_output("-o", path, inputs); !good) return refuse(good.error(), screen);
  const auto file = OutputFile::open(path, OutputFile::Kind::document, "-o");
  if (!file) return refuse(file.error(), screen);
  if (const Result<void> written = write(**file); !written) return refuse(written.error(), screen);
  if (const std::string problem = (*file)->commit(); !problem.empty())
    return screen.say(fmt::format("ropewalk: {}\n", problem)), kOutputFailed;
  if (path != "-") screen.say(fmt::format("wrote {}\n", escape_for_display(path)));
  return 0;
}

int report_comparison(const Options& options, Screen& screen) {
  const std::string& input = options.arguments.front();
  const auto comparison = comparison_in(input);
  if (!comparison) return refuse(comparison.error(), screen);
  return write_report(options.report.empty() ? default_path(input) : options.report, {input}, screen,
                      [&](Sink& sink) -> Result<void> {
                        sink.write(page_html(*comparison));
                        return {};
                      });
}

}  // namespace

int report(const Options& options, Screen& screen) {
  const std::vector<std::string>& operands = options.arguments;
  if (operands.size() == 1 && names_comparison(operands.front())) return report_comparison(options, screen);
  for (const std::string& operand : operands)
    if (names_comparison(operand))
      return refuse(Error{codes::kBadOptionValue,
                          fmt::format("'{}' is a comparison, which is reported alone", escape_for_display(operand)),
                          {},
                          {"name one comparison, or one or two runs"}},
                    screen);
  Errors errors;
  std::vector<std::unique_ptr<Record>> records;
  for (std::size_t operand = 0; operand < operands.size(); ++operand) {
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
  return write_report(options.report.empty() ? default_path(records) : options.report, inputs, screen,
                      [&](Sink& sink) { return write_page(read, sink); });
}

}  // namespace ropewalk::cli
