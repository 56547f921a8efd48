// Runs a workflow of a plugin that ships, and prints its exit code as its record has it. An argument names the folder
// of the programs.
#include <ropewalk/engine.hpp>
#include <ropewalk/record.hpp>

#include <cstdio>
#include <filesystem>
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
  ropewalk::RunOptions recorded;
  recorded.record = ropewalk::RecordOptions{.folder = std::filesystem::path(argv[0]).parent_path() / "records"};
  const ropewalk::RunResult result = engine.run(*plan, recorded);
  if (result.record_error) return refuse(*result.record_error);
  const auto record = ropewalk::open_record(result.record);
  if (!record) return refuse(record.error());
  const auto again = (*record)->result();
  if (!again) return refuse(again.error());
  std::printf("exit code %d\n", ropewalk::exit_code(*again));
  return ropewalk::exit_code(*again);
}
