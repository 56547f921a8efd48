// `--help` of every command: all commands can be found from `ropewalk --help`, and the examples at the end of each help
// text are extracted and run in a shell.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>
#include <regex>

#include <algorithm>
#include <map>

namespace ropewalk::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Proofs that an example worked: a command that must succeed after it, in the same shell and folder. The files `out`
/// and `err` contain the output of the example.
const std::map<std::string, std::string> kProofs = {
    {"ropewalk run workflows/checksum.yaml --set root=workflows", "sha256sum --check --quiet SHA256SUMS"},
    {"ls workflows/*.yaml | ropewalk map shell.run --lines - -- wc -l {}",
     "diff out <(for each in workflows/*.yaml; do wc -l $each; done)"},
    {"ropewalk run workflows/checksum.yaml --set root=workflows --executor thread",
     "sha256sum --check --quiet SHA256SUMS && grep -q 'hash .*thread' err"},
    {"ropewalk run workflows/ten-sleeps.yaml -j 4 --json --events events.jsonl",
     R"(grep -q '"outcome": "succeeded"' out && grep -q '"event": "run_finished"' events.jsonl)"},
    {"ropewalk run workflows/ten-sleeps.yaml --record && ropewalk resume", "grep -q \"10 of 10 tasks kept\" err"},
    {"ropewalk run workflows/ten-sleeps.yaml --record-dir records && ropewalk resume latest --record-dir records",
     "grep -q \"10 of 10 tasks kept\" err"},
    {"ls workflows/*.yaml | ropewalk map shell.run -j 4 --lines - -- wc -l {}",
     "diff out <(for each in workflows/*.yaml; do wc -l $each; done)"},
    {"ropewalk map file.checksum --glob 'workflows/*.yaml' --with path={} --print line",
     "sha256sum --check --quiet out"},
    {"ropewalk compare workflows/checksum.yaml --set root=workflows --runs 2",
     "grep -Eq '^process x[0-9]+ +2 ' out && sha256sum --check --quiet SHA256SUMS"},
    {"ropewalk compare workflows/checksum.yaml --set root=workflows --executor serial,thread --workers 1,2 --runs 2 "
     "--json",
     R"(grep -q '"mode": "thread x1"' out && grep -q '"same_results": true' out)"},
    {"ropewalk validate workflows/checksum.yaml --set root=workflows", "grep -q 'checksum.yaml: valid, 2 stages' err"},
    {"ropewalk validate --json workflows/pipeline.yaml workflows/words.yaml", R"(grep -q '"mistakes": \[\]' out)"},
    {"ropewalk config --origin", "grep -q '^executor ' out"},
    {"ropewalk config workflows/ten-sleeps.yaml -j 4 --origin", "grep -Eq '^jobs +4 +.*-j' out"},
    {"ropewalk graph workflows/pipeline.yaml", "grep -q . out"},
    {"ropewalk graph workflows/compress.yaml --format dot > compress.dot", "grep -q '^digraph' compress.dot"},
    {"ropewalk explain W204", "grep -q W204 out"},
    {"ropewalk explain", "grep -q W101 out && grep -q P101 out"},
    {"ropewalk schema > workflow.schema.json", R"(grep -q '"file.checksum"' workflow.schema.json)"},
    {"ropewalk schema --plugins build/plugins > workflow.schema.json",
     R"(grep -q '"file.checksum"' workflow.schema.json)"},
    {"source <(ropewalk completion bash)", "complete -p ropewalk"},
    {"mkdir -p ~/.config/fish/completions && ropewalk completion fish > ~/.config/fish/completions/ropewalk.fish",
     "grep -q '^complete .*ropewalk' ~/.config/fish/completions/ropewalk.fish"},
    {"ropewalk plugins list", "grep -q '^file ' out"},
    {"ropewalk plugins list --plugins build/plugins", "grep -q build/plugins/file.so out"},
    {"ropewalk plugins show file", "grep -q file.checksum out"},
    {"ropewalk plugins show shell --plugins build/plugins", "grep -q shell.run out"},
    {"ropewalk trust build/plugins", "ropewalk trust | grep -q '/plugins$'"},
    {"ropewalk trust --remove build/plugins", "! ropewalk trust | grep -q '/plugins$'"},
    {"ropewalk doctor", "tail -1 out | grep -q 'all that a run needs works'"},
    {"ropewalk doctor --json", R"(grep -q '"works": true' out)"},
    {"ropewalk new plugin hello", "grep -q 'task: hello.greet' hello/workflows/example.yaml"},
    {"ropewalk new plugin greeter", "test -f greeter/greeter.cpp"},
    {"ropewalk new plugin greetings --python", "test -f greetings/greetings.py"},
    {"ropewalk new workflow checksums", "ropewalk validate checksums.yaml"},
    {"ropewalk new workflow manifest",
     "ropewalk run manifest.yaml --set root=workflows && sha256sum --check --quiet SHA256SUMS"},
    {"ropewalk new workflow sums.yaml", "ropewalk validate sums.yaml"},
    {"ropewalk help map", "diff out <(ropewalk map --help)"},
    {"ropewalk help run workflows/checksum.yaml",
     "diff out <(ropewalk run workflows/checksum.yaml --help) && grep -q SHA256SUMS out"},
    {"ropewalk plugins check build/plugins/sim.so", "grep -q 'sim.so: OK' out"},
    {"ropewalk runs", "grep -Eq '^[a-z]+-[a-z]+ +digests .* succeeded +3 ' out"},
    {"ropewalk runs --json", R"(grep -q '"workflow": "digests"' out)"},
    {"ropewalk show latest", "grep -q 'succeeded: 3 of 3 tasks' out"},
    {"ropewalk show latest --results results.jsonl",
     R"(grep -q '"index": 2, "item": 2, "outcome": "succeeded"' results.jsonl)"},
    {"ropewalk report latest", "grep -Eq '^wrote [a-z]+-[a-z]+[.]html$' err && grep -q '</html>' *-*.html"},
    {"ropewalk report latest latest -o both.html", "grep -q '</html>' both.html"},
    {"ropewalk trace latest -o trace.json", R"(grep -q '"name": "hash/2"' trace.json)"},
    {"ropewalk trace latest | gzip > trace.json.gz", R"(gunzip < trace.json.gz | grep -q '"name": "hash/2"')"},
    {"ropewalk why latest hash/2", "grep -q '^parameters  value: 2' out"},
    {"ropewalk why latest hash/0 -v", "grep -q '^parameters  value: 0' out"},
    {"ropewalk diff latest latest", "grep -q 'no evidence of a change' out"},
    {"ropewalk diff latest latest -v", "grep -q 'no result differs' out"},
    {"ropewalk clean --dry-run", "grep -q 'would remove 0 runs' out"},
    {"ropewalk clean --keep 3 --older 7d --max-size 100MB", "grep -q 'removed 0 runs, 0 bytes; 1 run left' out"},
    {"ropewalk repro latest hash/2", "grep -q 'succeeded: 1 of 1 task ' err"},
    {"ropewalk repro latest hash/0 -v", "grep -q 'succeeded: 1 of 1 task ' err"},
    {"ropewalk plugins check build/plugins/file.so -v", "grep -q 'file.so: OK' out"},
};

std::string help_of(std::vector<std::string> command) {
  command.push_back("--help");
  const ProgramEnd ended = ropewalk(command);
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  return ended.out;
}

/// The first words of the lines below "Subcommands:".
std::vector<std::string> commands_in(const std::string& help) {
  std::vector<std::string> names;
  bool below = false;
  for (const std::string& line : lines_of(help)) {
    if (below && !line.starts_with("  ")) below = false;
    if (below) names.push_back(line.substr(2, line.find(' ', 2) - 2));
    if (line == "Subcommands:") below = true;
  }
  return names;
}

/// All commands reachable from here, this one first.
std::vector<std::vector<std::string>> commands_from(const std::vector<std::string>& command) {
  std::vector<std::vector<std::string>> all{command};
  for (const std::string& name : commands_in(help_of(command))) {
    std::vector<std::string> below = command;
    below.push_back(name);
    for (auto& each : commands_from(below)) all.push_back(std::move(each));
  }
  return all;
}

/// The examples at the end of a help text.
std::vector<std::string> examples_in(const std::string& help) {
  std::vector<std::string> examples;
  for (const std::string& line : lines_of(help.substr(std::min(help.size(), help.rfind("\nExamples:\n") + 11)))) {
    EXPECT_TRUE(line.starts_with("  ")) << "behind the examples stands: " << line;
    examples.push_back(line.substr(2));
  }
  return examples;
}

/// A copy of the user's view: the repository's root, built.
class ScratchRoot {
 public:
  ScratchRoot() {
    std::filesystem::copy(ROPEWALK_SOURCE "/workflows", folder_.path("workflows"));
    std::filesystem::create_directory_symlink(ROPEWALK_BUILD, folder_.path("build"));
    std::filesystem::create_directory(folder_.path("home"));
    const ProgramEnd recorded = ropewalk({"run",
                                          folder_.file("digests.yaml",
                                                       "ropewalk: 1\nstages: [{name: hash, task: sim.echo, foreach: "
                                                       "{range: 3}, with: {value: '${{ item }}'}}]\n"),
                                          "--record"},
                                         {.folder = folder_.path()});
    EXPECT_EQ(recorded.exit_code, 0) << recorded.err;
  }
  ProgramEnd run(const std::string& line, const std::string& proof) const {
    const std::string path = std::filesystem::path(ropewalk_words({})[0]).parent_path().string();
    const std::string script = "PATH=" + path + ":$PATH\n{ " + line +
                               "\n} > out 2> err || { code=$?; cat err >&2; exit $code; }\n" + proof +
                               " || { cat out err >&2; exit 99; }";
    return Program({"/bin/bash", "-o", "pipefail", "-c", script},
                   {.folder = folder_.path(), .environment = {{"HOME", folder_.path("home")}}})
        .wait();
  }

 private:
  Folder folder_;
};

TEST(CommandHelp, NamesEveryCommand) {
  EXPECT_THAT(commands_in(help_of({})),
              ElementsAre("run", "resume", "map", "compare", "validate", "config", "graph", "explain", "schema",
                          "completion", "plugins", "trust", "doctor", "new", "runs", "show", "report", "trace", "why",
                          "diff", "clean", "repro", "help"));
  EXPECT_THAT(commands_in(help_of({"new"})), ElementsAre("plugin", "workflow"));
  EXPECT_THAT(commands_in(help_of({"plugins"})), ElementsAre("list", "show", "check"));
}

TEST(CommandHelp, EndsWithTwoExamplesOfTheCommandThatWorkAsShown) {
  std::map<std::string, std::vector<std::string>> examples;
  for (const std::vector<std::string>& command : commands_from({})) {
    std::string path = "ropewalk";
    for (const std::string& word : command) path += " " + word;
    const std::vector<std::string> lines = examples_in(help_of(command));
    EXPECT_GE(lines.size(), 2u) << path;
    for (const std::string& line : lines) {
      EXPECT_THAT(line, HasSubstr(path)) << "this is no example of that command";
      const auto proof = kProofs.find(line);
      if (proof == kProofs.end())
        ADD_FAILURE() << path << ": say in kProofs what shows that this worked: " << line;
      else
        examples[line].push_back(path);
    }
  }
  for (const auto& [line, proof] : kProofs)
    EXPECT_TRUE(examples.contains(line)) << "no help has this example: " << line;
  for (const auto& [line, commands] : examples) {
    const ProgramEnd ended = ScratchRoot().run(line, kProofs.at(line));
    EXPECT_EQ(ended.exit_code, 0) << line << "\n" << ended.out << ended.err;
  }
}

TEST(CommandHelp, EqualsTheOutputOfHelp) {
  std::vector<std::vector<std::string>> commands = commands_from({});
  for (const std::vector<std::string>& command : commands) {
    std::vector<std::string> words = command;
    words.insert(words.begin(), "help");
    const ProgramEnd ended = ropewalk(words);
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    EXPECT_EQ(ended.out, help_of(command));
  }
  const ProgramEnd unknown = ropewalk({"help", "rnu"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("error[C101]: there is no command 'rnu'; did you mean 'run'?"));
  EXPECT_THAT(ropewalk({"help", "plugins", "shw"}).err, HasSubstr("there is no command 'shw'; did you mean 'show'?"));
  EXPECT_EQ(ropewalk({"help", "graph", "x"}).exit_code, 2);
  EXPECT_EQ(ropewalk({"help", "run", "no-such.yaml"}).exit_code, 3);
}

TEST(CommandHelp, OfRunContainsAWorkflowThatRuns) {
  const std::string help = help_of({"run"});
  const std::size_t start = help.find("  ropewalk: 1\n"), end = help.find("\n\n", start);
  ASSERT_NE(start, help.npos);
  std::string workflow;
  for (const std::string& line : lines_of(help.substr(start, end - start))) workflow += line.substr(2) + "\n";
  const ProgramEnd ended = ScratchRoot().run("ropewalk run - << 'END'\n" + workflow + "END",
                                             "sha256sum --check --quiet SHA256SUMS && [ $(wc -l < SHA256SUMS) -ge 8 ]");
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
}

TEST(CommandHelp, OfRunContainsEveryKeyOfAStage) {
  const std::string help = help_of({"run"});
  for (const char* key : {"executor", "foreach", "retries", "needs", "after", "if", "outputs", "timeout", "limits"})
    EXPECT_THAT(help, HasSubstr(std::string("\n  ") + key + " ")) << key;
}

TEST(CommandHelp, OfConfigNamesEveryVariable) {
  const std::string source = read_file(ROPEWALK_SOURCE "/engine/programs/ropewalk/configuration.cpp"),
                    help = help_of({"config"});
  std::set<std::string> found;
  static const std::regex variable("\"(ROPEWALK_[A-Z_]+)\"");
  for (std::sregex_iterator at(source.begin(), source.end(), variable), end; at != end; ++at) found.insert((*at)[1]);
  for (const std::string& name : found) EXPECT_THAT(help, HasSubstr(name));
  EXPECT_GE(found.size(), 6u);
}

TEST(CommandHelp, OfSchemaAndCompletionExplainsTheirInstallation) {
  EXPECT_THAT(help_of({"schema"}), HasSubstr("\n  # yaml-language-server: $schema=workflow.schema.json\n"));
  for (const char* place : {"~/.bashrc", "~/.zshrc", "~/.config/fish/completions"})
    EXPECT_THAT(help_of({"completion"}), HasSubstr(place));
}

}  // namespace
}  // namespace ropewalk::test
