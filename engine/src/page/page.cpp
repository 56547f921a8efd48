#include "page/page.hpp"

#include "base/text.hpp"
#include "page/page_json.hpp"
#include "page/page_parts.hpp"
#include "report/xml_text.hpp"

#include <ropewalk/value.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace ropewalk {
namespace page {
namespace {

/// As the policy of a page names it: "sha256-" and base64.
std::string hash_word(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes, out = "'sha256-";
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(digit(hex[i]) << 4 | digit(hex[i + 1]));
  append_base64(out, bytes);
  return out + "'";
}

std::string policy() {
  return fmt::format("default-src 'none'; script-src {}; style-src {}; base-uri 'none'; form-action 'none'",
                     hash_word(script_hash()), hash_word(style_hash()));
}

std::string markup(std::string_view text) {
  std::string out;
  append_xml_text(out, escape_for_display(text));
  return out;
}

std::string title_of(const std::vector<Run>& runs) {
  std::string title;
  for (const Run& run : runs) title += (title.empty() ? "" : " and ") + run.about.name;
  return title + " of " + runs.back().about.workflow;
}

/// The template with its places filled. `as_text`: the command that prints the same as text.
std::string filled(const std::string& title, const std::string& as_text, std::string data) {
  const std::map<std::string_view, std::string> texts{
      {"policy", policy()},         {"title", markup(title)},  {"style", std::string(page_style())},
      {"as_text", markup(as_text)}, {"data", std::move(data)}, {"script", std::string(page_script())}};
  // What a place is filled with is not searched for places again.
  std::string out;
  std::string_view rest = page_template();
  for (std::size_t at = rest.find('@'); at != rest.npos; at = rest.find('@')) {
    const std::size_t end = std::min(rest.find('@', at + 1), rest.size() - 1);
    const auto text = texts.find(rest.substr(at + 1, end - at - 1));
    out += rest.substr(0, at);
    if (text != texts.end()) out += text->second;
    rest.remove_prefix(end + 1);
  }
  out += rest;
  return out;
}

}  // namespace
}  // namespace page

Result<PageData> read_page(const std::vector<const Record*>& records, const page::Limits& limits) {
  PageData data;
  for (const Record* record : records) {
    auto run = page::read_run(*record, limits);
    if (!run) return run.error();
    data.runs.push_back(std::move(*run));
  }
  if (records.size() != 2) return data;
  auto changes = run_changes(*records[0], *records[1]);
  if (!changes) return changes.error();
  data.changes = std::move(*changes);
  return data;
}

std::string page_html(const PageData& data) {
  return page::filled(page::title_of(data.runs), "ropewalk show " + data.runs.front().about.name,
                      page::page_json(data));
}

std::string page_html(const ComparisonSummary& comparison) {
  return page::filled("Comparison of " + comparison.workflow, "ropewalk compare", page::page_json(comparison));
}

}  // namespace ropewalk
