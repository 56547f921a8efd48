#include "page_file.hpp"

#include <ropewalk/report.hpp>

namespace ropewalk::cli {

Result<void> write_page(const std::vector<const Record*>& records, Sink& sink) {
  const auto page = page_html(records);
  if (!page) return page.error();
  sink.write(*page);
  return {};
}

}  // namespace ropewalk::cli
