#include "page/page.hpp"

#include <ropewalk/report.hpp>

namespace ropewalk {

Result<std::string> page_html(const std::vector<const Record*>& records) {
  const auto data = read_page(records);
  if (!data) return data.error();
  return page_html(*data);
}

}  // namespace ropewalk
