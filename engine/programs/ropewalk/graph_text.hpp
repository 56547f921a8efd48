#pragma once
// A plan as a graph: which stages wait for which, and why. Pure text.

#include <ropewalk/plan.hpp>

#include <string>
#include <string_view>

namespace ropewalk::cli {

/// "order of the file", "needs", "read by an expression", "results, one by one", ...: for messages.
std::string_view why_text(const StageWait& wait);

/// "starts at once", "when fetch has succeeded (needs)", "with each result of fetch": of one stage, without its `if`.
std::string start_text(const Plan& plan, const PlannedStage& stage);

/// Lines for people, one per stage.
void append_graph_text(std::string& out, const Plan& plan);
/// For Graphviz.
void append_graph_dot(std::string& out, const Plan& plan);
/// For Markdown that draws mermaid.
void append_graph_mermaid(std::string& out, const Plan& plan);
/// {"schema": 1, "ropewalk", "workflow", "stages": [...], "edges": [...]} on one line.
void append_graph_json(std::string& out, const Plan& plan);

}  // namespace ropewalk::cli
