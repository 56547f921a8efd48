#pragma once
// What the page of a report holds.

#include <nlohmann/json.hpp>

#include <string>

namespace ropewalk::test {

/// The data of a page; null if it has none.
inline nlohmann::json page_data(const std::string& html) {
  const std::string begin = "<script type=\"application/json\" id=\"data\">";
  const std::size_t at = html.find(begin);
  if (at == html.npos) return {};
  return nlohmann::json::parse(html.substr(at + begin.size(), html.find("</script>", at) - at - begin.size()));
}

}  // namespace ropewalk::test
