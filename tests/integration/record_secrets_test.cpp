// Secrets are planted wherever a workflow and a plugin can put them, and then looked for in everything that a run
// leaves behind or prints, in every form in which it could be written.

#include "program.hpp"

#include "support/patience.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <vector>

#include <fmt/format.h>

namespace ropewalk::test {
namespace {

using testing::HasSubstr;

namespace fs = std::filesystem;

// With what JSON, a shell and a terminal escape.
constexpr std::string_view kSecret = "hunter2\"\\ battery'staple\tend";
constexpr std::string_view kDefault = "sesame-in-the-file";
constexpr std::string_view kUnasked = "unasked-for-value-of-a-variable";

std::string hex(std::string_view bytes) {
  std::string text;
  for (const unsigned char c : bytes) text += fmt::format("{:02x}", c);
  return text;
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

/// Of bytes that begin `skip` bytes into a group of three: the characters that do not depend on their neighbours.
std::string base64(std::string_view bytes, std::size_t skip) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  bytes.remove_prefix((3 - skip) % 3);
  std::string text;
  for (; bytes.size() >= 3; bytes.remove_prefix(3)) {
    const unsigned group = static_cast<unsigned char>(bytes[0]) << 16 | static_cast<unsigned char>(bytes[1]) << 8 |
                           static_cast<unsigned char>(bytes[2]);
    for (const int shift : {18, 12, 6, 0}) text += kDigits[group >> shift & 63];
  }
  return text;
}

/// What must not be found. The parts without special characters cover every form that escapes those.
std::vector<std::string> forms() {
  std::vector<std::string> all;
  for (const std::string_view secret : {kSecret, kDefault, kUnasked}) {
    all.emplace_back(secret);
    all.push_back(hex(secret));
    all.push_back(upper(hex(secret)));
    for (const std::size_t skip : {0, 1, 2}) all.push_back(base64(secret, skip));
  }
  for (const char* part : {"hunter2", "staple", "sesame-in", "unasked-for"}) all.emplace_back(part);
  return all;
}

void expect_clean(const std::string& bytes, const std::string& where) {
  for (const std::string& form : forms())
    EXPECT_EQ(bytes.find(form), std::string::npos) << "'" << form << "' is in " << where;
}

constexpr const char* kWorkflow = R"(ropewalk: 1
name: planted
params:
  key: {type: text, secret: true}
  old: {type: text, secret: true, default: sesame-in-the-file}
  open: public
stages:
  - {name: argv, task: shell.run, needs: [], on_error: ignore, foreach: [0, 1], with: {argv: [sh, -c, 'printf "%s\n" "$1"; printf "%s\n" "$1" >&2; printf %s "$1" | od -An -tx1 >/dev/null; exit $2', sh, "${{ params.key }}", "${{ text(item) }}"]}}
  - {name: env, task: shell.run, needs: [], on_error: ignore, env: {KEY: "${{ params.key }}"}, with: {argv: [sh, -c, 'echo "$KEY"; echo "$KEY" >&2; exit 3']}}
  - {name: stdin, task: shell.run, needs: [], on_error: ignore, with: {argv: [sh, -c, "cat; cat /no/such/file; exit 4"], stdin: "${{ params.key }} and ${{ params.old }}"}}
  - {name: items, task: parrot.repeat, needs: [], executor: process, foreach: ["${{ params.key }}", "with ${{ params.old }}", plain], with: {text: "${{ item }}"}}
  - {name: results, task: parrot.repeat, executor: process, foreach: {results: items}, with: {text: "again ${{ item.text }}"}}
  - {name: error, task: parrot.repeat, needs: [], executor: process, retries: 1, on_error: ignore, with: {text: "${{ params.key }}", how: error}}
  - {name: crash, task: parrot.repeat, needs: [], executor: process, on_error: ignore, with: {text: "${{ params.old }}", how: crash}}
  - {name: encoded, task: shell.run, needs: [], with: {argv: [sh, -c, 'printf %s "$1" | base64 -w0', sh, "${{ params.key }}"]}}
  - {name: field, task: vault.open, needs: [], with: {key: "${{ params.key }}"}}
)";

struct RecordSecrets : testing::Test {
  RecordSecrets() {
    folder.file("planted.yaml", kWorkflow);
    outside.file("key", std::string(kSecret));
  }
  ProgramEnd ropewalk(std::vector<std::string> words) const {
    return test::ropewalk(std::move(words), recording_in(folder, {{"UNASKED", std::string(kUnasked)}}));
  }
  /// Everything in the folder of the run, except the workflow, in which a person has written a secret.
  int expect_clean_files() const {
    int files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
      EXPECT_EQ(entry.path().filename().string().find("core"), std::string::npos) << entry.path();
      if (!entry.is_regular_file() || entry.path().filename() == "planted.yaml") continue;
      ++files;
      expect_clean(read_file(entry.path()), entry.path());
    }
    return files;
  }
  const std::string plugins = ROPEWALK_BUILD "/tests/hostile_plugins";
  const Folder folder, outside;
};

TEST_F(RecordSecrets, Y16_AreNowhereOnDiskAndInNoOutputOfAnyCommand) {
  const std::string key = "key=" + outside.path("key");
  const ProgramEnd ended = ropewalk({"run", "planted.yaml", "--set-file", key, "--plugins", plugins, "-vv", "--json",
                                     "--results", "results.jsonl", "--events", "events.jsonl"});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  expect_clean(ended.out, "--json");
  expect_clean(ended.err, "the messages and the summary");
  EXPECT_THAT(ended.err, HasSubstr("***")) << "what is hidden was there";
  EXPECT_THAT(read_file(folder.path("results.jsonl")), HasSubstr("again ***"));
  // run.db, .gitignore, results.jsonl and events.jsonl
  EXPECT_EQ(expect_clean_files(), 4);

  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"runs"},
                                             {"runs", "--json"},
                                             {"show", "latest"},
                                             {"show", "latest", "-v"},
                                             {"show", "latest", "--json"},
                                             {"show", "latest", "--failures", "-v"},
                                             {"show", "latest", "--results", "-"},
                                             {"show", "latest", "--output", "argv/0"},
                                             {"show", "latest", "--output", "argv/1"},
                                             {"show", "latest", "--output", "env/0"},
                                             {"show", "latest", "--output", "error/0"},
                                             {"show", "latest", "--junit", "-"},
                                             {"show", "latest", "--joblog", "-"},
                                             {"show", "latest", "--metrics", "-"},
                                             {"trace", "latest"},
                                             {"report", "latest", "-o", "-"},
                                             {"report", "latest", "latest", "-o", "-"},
                                             {"diff", "latest", "latest", "-v"},
                                             {"clean", "--dry-run", "--keep", "0"},
                                             {"__complete", "why", "latest", ""}}) {
    const ProgramEnd read = ropewalk(words);
    EXPECT_EQ(read.exit_code, 0) << words[0] << read.err;
    std::string line;
    for (const std::string& word : words) line += word + " ";
    expect_clean(read.out + read.err, line);
  }
  for (const char* task : {"argv/0", "argv/1", "env/0", "stdin/0", "items/0", "items/1", "results/0", "error/0",
                           "crash/0", "encoded/0", "field/0"}) {
    for (const bool given : {false, true}) {
      std::vector<std::string> options{"--plugins", plugins};
      if (given) options.insert(options.end(), {"--set-file", key});
      for (const char* command : {"why", "repro"}) {
        std::vector<std::string> words{command, "latest", task};
        words.insert(words.end(), options.begin(), options.end());
        const ProgramEnd told = ropewalk(words);
        EXPECT_TRUE(given || told.exit_code != 70) << told.err;
        expect_clean(told.out + told.err, std::string(command) + " " + task + (given ? " with the secret" : ""));
      }
    }
  }
  EXPECT_EQ(expect_clean_files(), 4) << "reading and repeating left something";
}

TEST_F(RecordSecrets, Y16_AreNotInTheRecordOfARunThatIsResumed) {
  const std::string key = "key=" + outside.path("key");
  ropewalk({"run", "planted.yaml", "--set-file", key, "--plugins", plugins, "-q"});
  const ProgramEnd ended = ropewalk({"resume", "--set-file", key, "--plugins", plugins});
  expect_clean(ended.out + ended.err, "resume");
  EXPECT_EQ(expect_clean_files(), 2) << ended.err;
  expect_clean(ropewalk({"why", "latest", "error/0", "--plugins", plugins}).out, "why");
  const std::string shown = ropewalk({"show", "latest"}).out;
  EXPECT_THAT(shown, HasSubstr("resume: stage 'argv': ")) << "why tasks ran again is there";
  expect_clean(shown, "show");
  expect_clean(ropewalk({"report", "latest", "-o", "-"}).out, "report");
}

/// An edited param that is not secret may have a secret in its value, and so may the item of a task that runs.
TEST_F(RecordSecrets, Y16_AreNotInWhatIsSaidOfAResumeAndOfRunningTasks) {
  folder.file("planted.yaml", R"(ropewalk: 1
name: planted
params: {key: {type: text, secret: true}, open: a}
stages:
  - {name: first, task: sim.echo, executor: process, foreach: {range: 3}, with: {value: "${{ params.open }}"}}
  - {name: stand, task: shell.run, executor: process, needs: [first], foreach: ["${{ params.key }}"], with: {argv: [sh, -c, 'test -z "$2" || echo begun > begun; test -z "$2" || exec sleep 1000', sh, "${{ item }}", "${{ if(params.open == 'a', '', 'b') }}"]}}
)");
  const std::string key = "key=" + outside.path("key");
  ASSERT_EQ(ropewalk({"run", "planted.yaml", "--set-file", key, "-q"}).exit_code, 0);
  Program program(ropewalk_words({"resume", "--set-file", key, "--set", "open=now " + std::string(kSecret)}),
                  recording_in(folder));
  std::string page;
  ASSERT_TRUE(eventually([&] {
    page = ropewalk({"report", "latest", "-o", "-"}).out;
    return page.find("\"running\": [{") != std::string::npos;
  })) << page.substr(0, 2000);
  EXPECT_THAT(page, HasSubstr("param 'open' changed (\\\"a\\\" -\\u003e \\\"now ***\\\")"));
  EXPECT_THAT(page, HasSubstr("\"item\": \"***\""));
  expect_clean(page, "the page of a live run");
  expect_clean(ropewalk({"show", "latest"}).out, "show of a live run");
  program.signal(SIGKILL);
  const ProgramEnd ended = program.wait();
  expect_clean(ended.err, "resume");
  expect_clean_files();  // with the log of the killed run
}

}  // namespace
}  // namespace ropewalk::test
