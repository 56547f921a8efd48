#include "commands.hpp"
#include "output_file.hpp"
#include "recorded_run.hpp"

#include "base/text.hpp"

#include <ropewalk/history.hpp>
#include <ropewalk/report.hpp>

#include <fmt/format.h>

namespace ropewalk::cli {

int trace(const Options& options, Screen& screen) {
  const auto record = named_run(options);
  if (!record) return refuse(record.error(), screen);
  const std::string& path = options.history.trace_file;
  if (const auto good = check_output("-o", path, {(*record)->run().folder / "run.db"}); !good)
    return refuse(good.error(), screen);
  const auto file = OutputFile::open(path, OutputFile::Kind::document, "-o");
  if (!file) return refuse(file.error(), screen);
  const auto written = write_trace(**record, run_state((*record)->run()), **file);
  if (!written) return refuse(written.error(), screen);
  const std::string problem = (*file)->commit();
  if (!problem.empty()) screen.say(fmt::format("ropewalk: {}\n", problem));
  if (!problem.empty()) return kOutputFailed;
  if (path != "-")
    screen.say(
        fmt::format("wrote {}; open it in https://ui.perfetto.dev or chrome://tracing\n", escape_for_display(path)));
  return 0;
}

}  // namespace ropewalk::cli
