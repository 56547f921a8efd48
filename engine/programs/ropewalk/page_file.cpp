#include "page_file.hpp"

#include "page/page.hpp"

namespace ropewalk::cli {

Result<void> write_page(const std::vector<const Record*>& records, Sink& sink) {
  const auto data = read_page(records);
  if (!data) return data.error();
  sink.write(page_html(*data));
  return {};
}

}  // namespace ropewalk::cli
