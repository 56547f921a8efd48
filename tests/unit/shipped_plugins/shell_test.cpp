// shell.run in the fake host: parameters, results and messages.

#include "unit/shipped_plugins/loaded.hpp"

#include <unistd.h>

using ropewalk::FakeOutcome;
using ropewalk::FakeValue;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using List = FakeValue::List;
using Map = FakeValue::Map;
using namespace std::chrono_literals;

namespace {

FakeOutcome shell(const ropewalk::FakeHost::Params& params, const ropewalk::FakeSituation& situation = {}) {
  FakeOutcome outcome = run_in(SHIPPED_PLUGINS "/shell.so", "run", params, situation);
  EXPECT_THAT(outcome.faults, IsEmpty());
  return outcome;
}

std::pair<std::string, std::string> failure(const ropewalk::FakeHost::Params& params) {
  const FakeOutcome outcome = shell(params);
  EXPECT_FALSE(outcome.succeeded);
  return {outcome.kind, outcome.message};
}
using Failure = std::pair<std::string, std::string>;

TEST(ShellRun, ReturnsCodeAndBothOutputs) {
  EXPECT_THAT(shell({{"command", "echo out; echo err >&2"}}).results,
              ElementsAre(Pair("exit_code", 0), Pair("stderr", "err\n"), Pair("stdout", "out\n")));
}

TEST(ShellRun, Y14_ArgvReachesTheProgramWordByWordAndNoShellReadsIt) {
  EXPECT_EQ(shell({{"argv", List{"printf", "<%s>", "a b", "$(id)", "; rm", "", "*"}}}).text("stdout"),
            "<a b><$(id)><; rm><><*>");
}

TEST(ShellRun, HasItsOwnFolderEnvironmentAndInput) {
  const Folder folder;
  EXPECT_EQ(shell({{"argv", List{"pwd", "-P"}}, {"cwd", folder.path()}}).text("stdout"),
            std::filesystem::canonical(folder.path()).native() + "\n");
  EXPECT_EQ(shell({{"command", "echo $COLOUR; test -n \"$PATH\""}, {"env", Map{{"COLOUR", "blue=1"}}}}).text("stdout"),
            "blue=1\n");
  EXPECT_EQ(shell({{"argv", List{"cat"}}, {"stdin", "line\n"}}).text("stdout"), "line\n");
  EXPECT_EQ(shell({{"argv", List{"cat"}}}).text("stdout"), "");
  const std::string big(3'000'000, 'x');
  EXPECT_EQ(shell({{"argv", List{"wc", "-c"}}, {"stdin", big}}).text("stdout"), "3000000\n");
  EXPECT_EQ(shell({{"argv", List{"true"}}, {"stdin", big}}).integer("exit_code"), 0)
      << "a command need not read its input";
}

TEST(ShellRun, ACommandStopsAtItsFirstErrorAndAtAVariableThatIsNotSet) {
  EXPECT_EQ(failure({{"command", "false; echo on"}}), Failure("exit code 1", "the command exited with code 1"));
  EXPECT_EQ(failure({{"command", "echo $NOT_SET_ANYWHERE; echo on"}}).first, "exit code 2");
  EXPECT_EQ(shell({{"command", "false || true; if false; then :; fi; echo ${NOT_SET_ANYWHERE-on}"}}).text("stdout"),
            "on\n");
  EXPECT_EQ(shell({{"command", "echo $0"}}).text("stdout"), "/bin/sh\n");
}

TEST(ShellRun, APipelineFailsWithAnyOfItsCommandsWhereTheShellCanTell) {
  EXPECT_EQ(failure({{"command", "false | true"}, {"shell", "bash"}}).first, "exit code 1");
  EXPECT_EQ(failure({{"command", "false | true; echo on"}, {"shell", "/bin/bash"}}).first, "exit code 1");
  const bool has = shell({{"argv", List{"/bin/sh", "-o", "pipefail", "-c", ":"}}}).succeeded;
  for (int i = 0; i < 2; ++i) EXPECT_EQ(!shell({{"command", "false | true"}}).succeeded, has) << "as /bin/sh is";
}

TEST(ShellRun, AnotherInterpreterReadsTheCommand) {
  EXPECT_EQ(shell({{"command", "echo $((1 + 1))${BASH_VERSION:+ bash}"}, {"shell", "bash"}}).text("stdout"),
            "2 bash\n");
  EXPECT_EQ(shell({{"command", "import sys; print(sys.argv)"}, {"shell", List{"python3", "-c"}}}).text("stdout"),
            "['-c']\n");
  EXPECT_EQ(shell({{"command", "false; echo ${NOT_SET_ANYWHERE}on"}, {"shell", List{"/bin/sh", "-c"}}}).text("stdout"),
            "on\n")
      << "the words are all that it gets";
  EXPECT_EQ(failure({{"command", "a"}, {"shell", "python3"}}),
            Failure("permanent",
                    "'shell' does not know 'python3'; another interpreter is written as the words before "
                    "the command, such as [python3, -c]"));
  EXPECT_EQ(failure({{"command", "a"}, {"shell", List{}}}).second,
            "'shell' wants the words before the command, such as [python3, -c]");
  EXPECT_EQ(failure({{"argv", List{"a"}}, {"shell", "bash"}}).second,
            "'shell' reads a 'command'; of 'argv' the first word is the program");
  EXPECT_EQ(failure({{"command", "a"}, {"shell", List{"no-such-shell", "-c"}}}).second,
            "cannot run 'no-such-shell': there is no such program in PATH");
}

TEST(ShellRun, WordsVariablesAndInputAreBytes) {
  const FakeValue word(FakeValue::Bytes{"caf\xe9"});
  EXPECT_EQ(shell({{"argv", List{"printf", "%s", word}}}).text("stdout"), "caf\xe9");
  EXPECT_EQ(shell({{"command", "printf %s $NAME"}, {"env", Map{{"NAME", word}}}}).text("stdout"), "caf\xe9");
  EXPECT_EQ(shell({{"argv", List{"cat"}}, {"stdin", FakeValue::Bytes{std::string("\0\xff", 2)}}}).text("stdout"),
            std::string("\0\xff", 2));
}

TEST(ShellRun, FindsProgramsInTheCommandsOwnPathAndFolder) {
  const Folder folder;
  folder.make("greet", "#!/bin/sh\necho hello\n", 0755);
  EXPECT_EQ(shell({{"argv", List{"greet"}}, {"env", Map{{"PATH", folder.path().native()}}}}).text("stdout"), "hello\n");
  EXPECT_EQ(shell({{"argv", List{"./greet"}}, {"cwd", folder.path()}}).text("stdout"), "hello\n");
  EXPECT_EQ(shell({{"argv", List{"greet"}}, {"cwd", folder.path()}, {"env", Map{{"PATH", "/bin:."}}}}).text("stdout"),
            "hello\n");
}

TEST(ShellRun, C07_DistinguishesAnExitCodeFromASignal) {
  EXPECT_EQ(failure({{"command", "exit 3"}}), Failure("exit code 3", "the command exited with code 3"));
  EXPECT_EQ(failure({{"command", "exit 137"}}), Failure("exit code 137", "the command exited with code 137"));
  EXPECT_EQ(failure({{"command", "kill -9 $$"}}), Failure("error", "the command was killed by SIGKILL"));
  EXPECT_EQ(failure({{"argv", List{"sh", "-c", "kill -SEGV $$"}}}), Failure("error", "'sh' was killed by SIGSEGV"));
}

TEST(ShellRun, EndsTheMessageWithTheLastLineOfStderr) {
  EXPECT_EQ(failure({{"command", "echo first >&2; printf 'curl: (22) not found\\n\\n' >&2; exit 22"}}),
            Failure("exit code 22", "the command exited with code 22: curl: (22) not found"));
}

TEST(ShellRun, AcceptsConfiguredExitCodesAsSuccess) {
  EXPECT_EQ(shell({{"command", "exit 1"}, {"ok_codes", List{0, 1}}}).integer("exit_code"), 1);
  EXPECT_EQ(failure({{"command", "exit 0"}, {"ok_codes", List{1}}}),
            Failure("exit code 0", "the command exited with code 0"));
}

TEST(ShellRun, C06_ReportsWhyACommandCannotBeStarted) {
  const Folder folder;
  const auto started = [](const FakeValue& program) { return failure({{"argv", List{program}}}); };
  EXPECT_EQ(started("no-such-program"),
            Failure("permanent", "cannot run 'no-such-program': there is no such program in PATH"));
  EXPECT_EQ(started("/no/such"), Failure("permanent", "cannot run '/no/such': there is no such file"));
  EXPECT_EQ(started(""), Failure("permanent", "cannot run '': there is no such program in PATH"));
  const std::string plain = folder.make("plain", "#!/bin/sh\n", 0644);
  EXPECT_EQ(started(plain), Failure("permanent", "cannot run '" + plain + "': '" + plain +
                                                     "' is not executable (chmod +x makes it so)"));
  const std::string orphan = folder.make("orphan", "#! /no/such/sh -e\n", 0755);
  EXPECT_EQ(started(orphan),
            Failure("permanent", "cannot run '" + orphan + "': its interpreter '/no/such/sh' does not exist"));
  const std::string text = folder.make("text", "echo no first line\n", 0755);
  EXPECT_EQ(started(text),
            Failure("permanent", "cannot run '" + text +
                                     "': it is neither a program for this machine nor a script that begins with #!"));
  EXPECT_EQ(started(folder.path().native()), Failure("permanent", "cannot run '" + folder.path().native() +
                                                                      "': it is a folder, or permission is denied"));
  EXPECT_EQ(failure({{"argv", List{"true", std::string(4 << 20, 'x')}}}).second,
            "cannot run 'true': its arguments and environment are too long for the system; pass long input by 'stdin' "
            "or a file");
  EXPECT_EQ(failure({{"argv", List{"true"}}, {"cwd", "/no/such"}}),
            Failure("error", "cannot enter the folder '/no/such': No such file or directory"));
}

TEST(ShellRun, RejectsImpossibleCommands) {
  EXPECT_EQ(failure({}).second, "give either 'command' or 'argv', not neither");
  EXPECT_EQ(failure({{"command", "a"}, {"argv", List{"a"}}}).second, "give either 'command' or 'argv', not both");
  EXPECT_EQ(failure({{"argv", List{}}}).second, "'argv' is empty; its first element is the program");
  EXPECT_EQ(failure({{"argv", List{"echo", std::string("a\0b", 3)}}}).second,
            "the command holds a NUL character, which no command can be given");
  EXPECT_EQ(failure({{"command", "a"}, {"env", Map{{"A=B", "c"}}}}).second,
            "'env' has the name 'A=B', which no environment variable can have");
}

/// In a host that offers "ropewalk.output/1", and in one that predates it.
class ShellOutput : public testing::TestWithParam<ropewalk::FakeHost::Features> {
 protected:
  static FakeOutcome run(const char* command, std::uint64_t limit = 256u << 20) {
    ropewalk::FakeHost host(loaded(SHIPPED_PLUGINS "/shell.so"), GetParam());
    FakeOutcome outcome = host.run("run", {{"command", command}}, {.output_limit = limit});
    EXPECT_THAT(outcome.faults, IsEmpty());
    return outcome;
  }
};
INSTANTIATE_TEST_SUITE_P(Hosts, ShellOutput,
                         testing::Values(ropewalk::FakeHost::Features::all, ropewalk::FakeHost::Features::none),
                         [](const auto& info) {
                           return info.param == ropewalk::FakeHost::Features::all ? "WithTheFeature" : "WithoutIt";
                         });

TEST_P(ShellOutput, R12_LongOutputIsKeptCompletelyAndNeverBlocksTheCommand) {
  const FakeOutcome outcome =
      run("head -c 3000000 /dev/zero | tr '\\0' x; echo end; head -c 2000000 /dev/zero >&2; exit 0");
  EXPECT_TRUE(outcome.text("stdout") == std::string(3'000'000, 'x') + "end\n") << outcome.text("stdout").size();
  EXPECT_TRUE(outcome.text("stderr") == std::string(2'000'000, '\0')) << outcome.text("stderr").size();
}

TEST_P(ShellOutput, TheLastLineIsFoundHoweverItArrives) {
  EXPECT_EQ(
      run("printf 'one\\ntw' >&2; sleep 0.02; printf 'o ' >&2; sleep 0.02; printf 'three\\n\\n' >&2; exit 1").message,
      "the command exited with code 1: two three");
  EXPECT_EQ(run("printf 'one\\n' >&2; sleep 0.02; printf '\\ntwo' >&2; sleep 0.02; printf '\\n' >&2; exit 1").message,
            "the command exited with code 1: two");
}

TEST(ShellRun, R12_ACommandThatWritesMoreThanTheHostAcceptsIsKilled) {
  for (const char* command : {"yes", "yes >&2", "trap '' TERM; (yes &); yes"}) {
    const FakeOutcome outcome = shell({{"command", command}}, {.output_limit = 1 << 20});
    EXPECT_FALSE(outcome.succeeded);
    EXPECT_EQ(outcome.message, "over the limit of output") << "what the host recorded stays";
    std::size_t kept = 0;
    for (const auto& [stream, piece] : outcome.output) kept += piece.size();
    EXPECT_LE(kept, std::size_t{1} << 20);
    EXPECT_GT(kept, (std::size_t{1} << 20) - (64 << 10));
  }
}

TEST(ShellRun, ChargesTheCpuTimeOfTheCommandAndItsChildren) {
  const FakeOutcome outcome = shell({{"command", "(i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done); true"}});
  EXPECT_GE(outcome.charged_cpu, 10ms);
}

}  // namespace
