// Runs a workflow of a plugin that ships, and prints how it ended and its exit code. An argument names the folder of
// the programs.
#include <ropewalk/engine.hpp>

#include <cstdio>
#include <string>

namespace {

int refuse(const ropewalk::Errors& errors) {
  for (const ropewalk::Error& error : errors.list) {
    std::printf("%s: %s\n", error.code.c_str(), error.message.c_str());
    for (const std::string& note : error.notes) std::printf("  note: %s\n", note.c_str());
  }
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  ropewalk::EngineOptions options;
  if (argc > 1) options.programs = argv[1];
  ropewalk::Engine engine(options);
  const auto workflow = ropewalk::parse_workflow(
      "ropewalk: 1\nstages: [{name: echo, task: sim.echo, foreach: {range: 5}, with: {value: \"${{ item }}\"}}]\n",
      "w");
  if (!workflow) return refuse(workflow.error());
  const auto plan = engine.plan(*workflow);
  if (!plan) return refuse(plan.error());
  const ropewalk::RunResult result = engine.run(*plan);
  std::printf("exit code %d\n", ropewalk::exit_code(result));
  return ropewalk::exit_code(result);
}
