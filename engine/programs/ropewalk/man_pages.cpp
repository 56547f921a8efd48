#include "man_pages.hpp"

#include "grammar.hpp"
#include "language_help.hpp"

#include "expressions/functions.hpp"
#include "workflow/scalar.hpp"

#include <ropewalk/executors.hpp>
#include <ropewalk/explanation.hpp>
#include <ropewalk/version.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>

namespace ropewalk::cli {
namespace {

constexpr std::string_view kWorkflowPage = "ropewalk-workflow.5", kPluginPage = "ropewalk-plugin.7";

/// Escapes text for scdoc.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\*_`<>[]|#~+").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

void append_title(std::string& out, std::string_view name, int section) {
  fmt::format_to(std::back_inserter(out), "{}({}) \"ropewalk {}\" \"Ropewalk\"\n\n", name, section, program_version());
}

void append_heading(std::string& out, std::string_view title) {
  fmt::format_to(std::back_inserter(out), "# {}\n\n", title);
}

/// Appends a literal block.
void append_literal(std::string& out, std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  if (!text.empty()) fmt::format_to(std::back_inserter(out), "```\n{}\n```\n\n", text);
}

void append_term(std::string& out, std::string_view term, std::string_view value, std::string_view meaning) {
  fmt::format_to(std::back_inserter(out), "*{}*{}{}\n\t{}\n\n", escaped(term), value.empty() ? "" : " ", escaped(value),
                 escaped(meaning));
}

/// "ropewalk-plugins-show" of "ropewalk plugins show".
std::string page_of(std::string path) {
  std::replace(path.begin(), path.end(), ' ', '-');
  return path;
}

void append_options(std::string& out, const CLI::App& app) {
  append_heading(out, "OPTIONS");
  for (const CLI::Option* option : app.get_options()) {
    const bool operand = option->get_lnames().empty() && option->get_snames().empty();
    if (option->get_group().empty()) continue;
    std::string names = operand ? option->get_name(true) : "";
    for (const std::string& name : option->get_snames()) names += (names.empty() ? "-" : ", -") + name;
    for (const std::string& name : option->get_lnames()) names += (names.empty() ? "--" : ", --") + name;
    append_term(out, names, option->get_items_expected_max() > 0 && !operand ? option->get_type_name() : "",
                option->get_description());
  }
}

void append_commands(std::string& out, const CLI::App& app) {
  const std::vector<const CLI::App*> below = app.get_subcommands([](const CLI::App*) { return true; });
  if (below.empty()) return;
  append_heading(out, "COMMANDS");
  for (const CLI::App* each : below)
    append_term(out, each->get_name(), "", each->get_description() + "; " + page_of(path_of(*each)) + "(1)");
}

std::string command_page(const CLI::App& app, const Grammar& grammar) {
  const std::string path = path_of(app), page = page_of(path);
  const Entry* entry = grammar.entry_of(app);
  std::string out;
  append_title(out, page, 1);
  append_heading(out, "NAME");
  fmt::format_to(std::back_inserter(out), "{} - {}\n\n", page, escaped(app.get_description()));
  append_heading(out, "SYNOPSIS");
  fmt::format_to(std::back_inserter(out), "*{}* {}\n\n", path, escaped(entry ? entry->operands : "COMMAND ..."));
  append_commands(out, app);
  append_options(out, app);
  const std::string footer = app.get_footer();
  const std::size_t examples = footer.rfind("Examples:\n");
  if (examples != 0 && examples != footer.npos) {
    append_heading(out, "NOTES");
    append_literal(out, std::string_view(footer).substr(0, examples));
  }
  append_heading(out, "EXAMPLES");
  append_literal(out, examples == footer.npos ? std::string_view()
                                              : std::string_view(footer).substr(footer.find('\n', examples) + 1));
  append_heading(out, "SEE ALSO");
  out += app.get_parent() == nullptr ? "*ropewalk-run*(1), *ropewalk-workflow*(5), *ropewalk-plugin*(7)\n"
                                     : "*ropewalk*(1), *ropewalk-workflow*(5), *ropewalk-plugin*(7)\n";
  return out;
}

std::string workflow_page() {
  std::string out;
  append_title(out, "ropewalk-workflow", 5);
  append_heading(out, "NAME");
  out += "ropewalk-workflow - the language of workflows\n\n";
  append_heading(out, "DESCRIPTION");
  append_literal(out, language_example());
  for (const KeySection& section : key_sections()) {
    std::string title = section.title;
    std::transform(title.begin(), title.end(), title.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    append_heading(out, title);
    for (const auto& [key, help] : section.keys) append_term(out, key, "", help);
  }
  append_heading(out, "EXECUTORS");
  for (const ExecutorKind& executor : executor_kinds()) append_term(out, executor.name, "", executor.summary);
  append_heading(out, "EXPRESSIONS");
  std::string expressions(expression_help());
  for (const std::string& name : function_names())
    if (const Function* function = find_function(name))
      fmt::format_to(std::back_inserter(expressions), "  {}\n", function->usage);
  append_literal(out, expressions);
  append_heading(out, "SEE ALSO");
  out += "*ropewalk*(1), *ropewalk-run*(1), *ropewalk-validate*(1), *ropewalk-schema*(1), *ropewalk-plugin*(7)\n";
  return out;
}

std::string plugin_page() {
  std::string out;
  append_title(out, "ropewalk-plugin", 7);
  append_heading(out, "NAME");
  out += "ropewalk-plugin - a shared library that exports task types\n\n";
  append_heading(out, "DESCRIPTION");
  out +=
      "A plugin is a file NAME.so that exports one symbol, *ropewalk\\_plugin\\_v1*. Ropewalk loads it in a separate "
      "process to read its task types. Its tasks run in hosts, on threads or in processes. Plugin code never runs in "
      "the process of the engine.\n\n"
      "A plugin in C++ includes _ropewalk/sdk/task.hpp_. A plugin in C includes _ropewalk/sdk/abi.h_, which states for "
      "each function which thread may call it, and when. Both headers need only a compiler for C++20 or C11. Tests of "
      "tasks include _ropewalk/sdk/fake\\_host.hpp_.\n\n";
  append_heading(out, "A FIRST PLUGIN");
  append_literal(out,
                 "ropewalk new plugin hello\n"
                 "cd hello && cmake -S . -B build && cmake --build build && ctest --test-dir build\n"
                 "ropewalk run workflows/example.yaml --plugins build/plugins");
  append_heading(out, "WITH CMAKE");
  append_literal(out, "find_package(Ropewalk REQUIRED COMPONENTS plugin)\nropewalk_add_plugin(hello hello.cpp)");
  out +=
      "The target is *plugin\\_hello*. It makes hello.so in the folder plugins of the build. *LINK* names libraries to "
      "link, and *OUTPUT* names another folder.\n\n";
  append_heading(out, "WITHOUT CMAKE");
  append_literal(out, "g++ -std=c++20 -shared -fPIC $(pkg-config --cflags ropewalk-plugin) hello.cpp -o hello.so");
  append_heading(out, "TYPES");
  std::string types;
  for (const std::string& name : type_names()) types += (types.empty() ? "" : ", ") + name;
  out += "Parameters and results are of these types: " + escaped(types) + ".\n\n";
  append_heading(out, "WHERE PLUGINS ARE FOUND");
  out +=
      "Plugins are searched in the folders of *--plugins*, of the workflow, of _ROPEWALK\\_PLUGIN\\_PATH_ and of the "
      "settings, in _~/.local/share/ropewalk/plugins_, and among the shipped plugins. No plugin can have the name of "
      "a shipped plugin.\n\n";
  append_heading(out, "WHY A PLUGIN IS REFUSED");
  for (const Explanation& each : explanations())
    if (each.code.starts_with('P')) append_term(out, each.code, "", each.title);
  append_heading(out, "SEE ALSO");
  out +=
      "*ropewalk*(1), *ropewalk-plugins-check*(1), *ropewalk-new-plugin*(1), *ropewalk-explain*(1), "
      "*ropewalk-workflow*(5)\n";
  return out;
}

}  // namespace

std::vector<std::string> man_page_names() {
  Grammar grammar;
  std::vector<std::string> names{"ropewalk.1"};
  for (const Entry& entry : grammar.entries) names.push_back(page_of(path_of(*entry.app)) + ".1");
  names.emplace_back(kWorkflowPage);
  names.emplace_back(kPluginPage);
  return names;
}

std::optional<std::string> man_page(std::string_view name) {
  if (name == kWorkflowPage) return workflow_page();
  if (name == kPluginPage) return plugin_page();
  Grammar grammar;
  if (name == "ropewalk.1") return command_page(grammar.app, grammar);
  for (const Entry& entry : grammar.entries)
    if (name == page_of(path_of(*entry.app)) + ".1") return command_page(*entry.app, grammar);
  return std::nullopt;
}

}  // namespace ropewalk::cli
