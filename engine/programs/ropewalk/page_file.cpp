#include "page_file.hpp"

#include "page/page.hpp"

namespace ropewalk::cli {

Result<std::string> write_page(const std::vector<const Record*>& records, OutputFile& file) {
  const auto data = read_page(records);
  if (!data) return data.error();
  file.write(page_html(*data));
  return file.commit();
}

}  // namespace ropewalk::cli
