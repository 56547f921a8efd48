// `ropewalk schema`: its parts for plugins. schema_agreement.py checks that it agrees with `validate`.

#include "program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace ropewalk::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

/// The rule for `with` in a stage with this task; null: there is none.
json parameters_of(const json& schema, const std::string& task) {
  for (const json& rule : schema["$defs"]["stage"]["allOf"])
    if (rule["if"]["properties"].value("task", json::object()) == json{{"enum", {task}}})
      return rule["then"]["properties"]["with"];
  return nullptr;
}

TEST(Schema, ContainsTheParametersOfInstalledPluginsWithTheirHelpAndDefaults) {
  const ProgramEnd ended = ropewalk({"schema"});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_EQ(ended.err, "");
  const json schema = json::parse(ended.out);
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(parameters_of(schema, "archive.compress")["properties"]["algorithm"], json::parse(R"json({
    "anyOf": [{"enum": ["zstd", "gzip"]}, {"type": "string", "pattern": "\\$\\{\\{"}], "description": "how", "default": "zstd"})json"));
  EXPECT_EQ(schema["$defs"]["stage"]["properties"]["timeout"]["description"],
            "The longest that an attempt may take, such as 90s or 1h30m");
}

TEST(Schema, IsReproducible) { EXPECT_EQ(ropewalk({"schema"}).out, ropewalk({"schema"}).out); }

TEST(Schema, ContainsPluginsOfTheNamedFolders) {
  const Folder folder;
  std::filesystem::copy_file(ROPEWALK_TEST_PLUGINS "/plain_c.so", folder.path("plain_c.so"));
  const json named = json::parse(ropewalk({"schema", "--plugins", folder.path()}).out);
  EXPECT_THAT(named["$defs"]["task"].dump(), HasSubstr("\"plain_c."));
  EXPECT_EQ(json::parse(ropewalk({"schema"}).out)["$defs"]["task"].dump().find("plain_c"), std::string::npos);
}

TEST(Schema, OmitsARejectedPluginWithAWarning) {
  const Folder folder;
  folder.file("broken.so", "#!/bin/sh\n");
  const ProgramEnd ended = ropewalk({"schema", "--plugins", folder.path()});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.err, HasSubstr("broken.so"));
  EXPECT_EQ(ended.out, ropewalk({"schema"}).out);
}

}  // namespace
}  // namespace ropewalk::test
