// `ropewalk run FILE --help`: the params of a workflow.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ropewalk::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kWorkflow = R"(ropewalk: 1
name: photos
description: thumbnails of a folder of photos
params:
  root: {type: path, help: where the photos lie}
  width: {type: int, default: 640, min: 16, max: 8192}
  format: {type: text, default: jpeg, choices: [jpeg, webp]}
  sizes: {type: list, of: int, default: [1, 2]}
  key: {type: text, secret: true, default: "open sesame"}
  wait: 30s
stages:
  - {name: s, task: sim.noop}
)";

TEST(HelpOfAWorkflow, ShowsTypesRangesChoicesDefaultsAndHelpButNoSecret) {
  const Folder folder;
  const std::string file = folder.file("photos.yaml", kWorkflow);
  const ProgramEnd ended = ropewalk({"run", file, "--help"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(ended.err, "");
  EXPECT_THAT(
      ended.out,
      StartsWith("workflow photos (" + file +
                 ")\nthumbnails of a folder of photos\n\n"
                 R"(  Its params, each given with --set NAME=VALUE, --set-file NAME=PATH or in ROPEWALK_PARAM_NAME:
    root    path         required                           where the photos lie
    width   int          default 640; 16..8192
    format  text         default "jpeg"; one of jpeg, webp
    sizes   list of int  default [1, 2]
    key     text         secret
    wait    text         default "30s"

run a workflow and report where the time went
)"));
  EXPECT_EQ(ropewalk({"run", "--help", file}).out, ended.out);
}

TEST(HelpOfAWorkflow, OfABrokenWorkflowShowsItsErrors) {
  const Folder folder;
  const ProgramEnd ended = ropewalk(
      {"run", folder.file("a.yaml", "ropewalk: 1\nparams: {n: {tpye: int}}\nstages: [{name: s, task: sim.noop}]\n"),
       "--help"});
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_EQ(ended.out, "");
  EXPECT_THAT(ended.err, HasSubstr("did you mean 'type'?"));
  EXPECT_EQ(ropewalk({"run", "/no/such/file.yaml", "--help"}).exit_code, 3);
}

TEST(Settings, AnUnknownParamIsACommandLineErrorWithASuggestion) {
  const Folder folder;
  const ProgramEnd ended =
      ropewalk({"run", folder.file("photos.yaml", kWorkflow), "--set", "root=/tmp", "--set", "widht=3"});
  EXPECT_EQ(ended.exit_code, 2) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("--set widht: the workflow has no param of that name; did you mean 'width'?"));
  EXPECT_THAT(ended.err, HasSubstr("its params are: root, width, format, sizes, key, wait"));
}

TEST(Settings, ASecretIsInNoMessageAndInNoOutput) {
  const Folder folder;
  const std::string file = folder.file("secret.yaml", R"(ropewalk: 1
params:
  key: {type: text, secret: true, choices: [sesame]}
stages:
  - {name: s, task: sim.noop}
)");
  const ProgramEnd ended = ropewalk({"run", file, "--set", "key=swordfish"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_EQ(ended.err.find("swordfish"), std::string::npos) << ended.err;
  EXPECT_EQ(ended.err.find("sesame"), std::string::npos) << ended.err;
}

}  // namespace
}  // namespace ropewalk::test
