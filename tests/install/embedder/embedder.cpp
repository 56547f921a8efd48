// Makes a workflow of a plugin that ships, runs it, and prints its exit code as its record has it. An argument names
// the folder of the programs.
#include <ropewalk/engine.hpp>
#include <ropewalk/record.hpp>

#include <chrono>
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
  ropewalk::WorkflowSpec spec{.name = "w",
                              .stages = {{.name = "echo",
                                          .task = "sim.echo",
                                          .foreach = {.range = {.count = 5}},
                                          .with = {{"value", "${{ item }}"}},
                                          .retries = {.max = 1, .delay = std::chrono::milliseconds(10)}}}};
  const auto plan = engine.plan(spec);
  if (!plan) return refuse(plan.error());
  const auto workflow = ropewalk::parse_workflow(ropewalk::to_yaml(spec), "w");
  if (!workflow) return refuse(workflow.error());
  const auto again = ropewalk::spec_of(*workflow);
  if (!again) return refuse(again.error());
  if (ropewalk::to_yaml(*again) != ropewalk::to_yaml(spec)) return std::puts("another workflow came back"), 1;
  spec.stages[0].with["vlaue"] = true;
  if (const auto wrong = engine.plan(spec);
      wrong || wrong.error().list[0].place.part != "stage 'echo', parameter 'vlaue'")
    return std::puts("a mistake has no place"), 1;
  ropewalk::RunOptions recorded;
  recorded.record = ropewalk::RecordOptions{.folder = std::filesystem::path(argv[0]).parent_path() / "records"};
  const ropewalk::RunResult result = engine.run(*plan, recorded);
  if (result.record_error) return refuse(*result.record_error);
  const auto record = ropewalk::open_record(result.record);
  if (!record) return refuse(record.error());
  const auto result_again = (*record)->result();
  if (!result_again) return refuse(result_again.error());
  std::printf("exit code %d\n", ropewalk::exit_code(*result_again));
  return ropewalk::exit_code(*result_again);
}
