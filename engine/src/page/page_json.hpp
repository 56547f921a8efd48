#pragma once
// The data of the page as JSON, which assets/main.js reads. Pure; any thread.

#include "page/page.hpp"

#include <string>

namespace ropewalk::page {

/// JSON without `<`, `>` and `&`, so that it can stand in a script element, and whatever a string holds cannot end it.
std::string page_json(const PageData& data);
/// The same of a comparison: the document of `compare --json`.
std::string page_json(const ComparisonSummary& comparison);

}  // namespace ropewalk::page
