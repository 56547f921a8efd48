#pragma once
// What a record holds from the beginning: the workflow, its params, its stages and their plugins.

#include "base/word_table.hpp"

#include <ropewalk/plan.hpp>
#include <ropewalk/record_options.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace ropewalk {

/// The values of `durability`, as the record, the configuration and its diagnostics name them.
WordTable<Durability> durability_words();

}  // namespace ropewalk

namespace ropewalk::record {

/// What is known of a session before it begins; copied, because a plan may be gone when it is written.
struct SessionStart {
  std::string run_id, run_name, workflow;
  std::filesystem::path file;
  std::int64_t now_unix_s = 0;
  std::filesystem::path directory;  ///< the current one, to which relative paths refer
  std::int64_t unix_ns = 0;
  Durability durability = Durability::batch;
  unsigned cores = 0;
  std::string version;
  std::string command = {};  ///< JSON list of the words that started it; empty: unknown
  struct Text {
    std::string path, text;
  };
  std::vector<Text> sources;
  struct Param {
    std::string name, value;  ///< JSON; empty if secret
    bool secret = false;
  };
  std::vector<Param> params;
  struct Stage {
    std::string name, task, executor;
    std::uint32_t workers = 0;
    std::string plugin, plugin_version, plugin_path, plugin_identity;
    std::string environment;           ///< JSON map; empty: none
    std::string definition = {};       ///< JSON map of the text of its keys
    std::vector<std::uint32_t> needs;  ///< places in the plan
    std::string results;               ///< JSON list of the names of a result's fields
    std::int64_t baseline = -1;        ///< -1: none
    bool hashes_files = true;          ///< the content of declared files is recorded too
  };
  std::vector<Stage> stages;
};

/// JSON map {key: text} of the stage's definition, with secrets hidden and long texts as their hash.
std::string definition_json(const PlannedStage& stage, const Plan& plan);

/// JSON list of the words, without secrets: the value of a secret param is hidden even where it is too short to be told
/// from other text.
std::string command_json(const std::vector<std::string>& words, const Plan& plan);

/// Copies what is needed of the plan, with its secrets hidden.
SessionStart session_of(const Plan& plan);

}  // namespace ropewalk::record
