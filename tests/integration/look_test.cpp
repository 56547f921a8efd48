// What can be seen of a workflow before it runs: `graph`.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace ropewalk::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

TEST(GraphCommand, GivesEachFormatOnStdout) {
  const std::string file = ROPEWALK_SOURCE "/workflows/pipeline.yaml";
  const Ended text = ropewalk({"graph", file});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr("with each result of "));
  EXPECT_EQ(text.err, "");
  EXPECT_EQ(ropewalk({"graph", file, "--format", "text"}).out, text.out);
  EXPECT_THAT(ropewalk({"graph", file, "--format", "dot"}).out, StartsWith("digraph \"pipeline\" {\n"));
  EXPECT_THAT(ropewalk({"graph", file, "--format", "mermaid"}).out, StartsWith("flowchart LR\n"));
  EXPECT_EQ(json::parse(ropewalk({"graph", file, "--format", "json"}).out).at("workflow"), "pipeline");
}

TEST(GraphCommand, TellsMistakesAsARunWould) {
  const Folder folder;
  const std::string bad = folder.file("bad.yaml", "ropewalk: 1\nstages:\n  - {name: s, task: sim.nop}\n");
  const Ended graph = ropewalk({"graph", bad}), run = ropewalk({"run", bad});
  EXPECT_EQ(graph.exit_code, 3);
  EXPECT_EQ(graph.err, run.err);
  EXPECT_EQ(graph.out, "");
  EXPECT_EQ(ropewalk({"graph", ROPEWALK_SOURCE "/workflows/checksum.yaml"}).exit_code, 2);
}

}  // namespace
}  // namespace ropewalk::test
