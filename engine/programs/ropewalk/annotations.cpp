#include "annotations.hpp"

#include <ropewalk/plan.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace ropewalk::cli {
namespace {

namespace fs = std::filesystem;

std::string repository_path(const std::string& file) {
  std::error_code failed;
  if (!fs::is_regular_file(file, failed)) return {};
  const char* workspace = std::getenv("GITHUB_WORKSPACE");
  if (workspace == nullptr || *workspace == '\0') return file;
  const fs::path relative = fs::canonical(file, failed).lexically_relative(fs::weakly_canonical(workspace, failed));
  return failed || relative.empty() || *relative.begin() == ".." ? file : relative.string();
}

}  // namespace

bool shows_annotations() {
  const char* value = std::getenv("GITHUB_ACTIONS");
  return value != nullptr && *value != '\0';
}

std::vector<AnnotatedPlace> annotated_places(const Plan& plan) {
  std::vector<AnnotatedPlace> places;
  for (const PlannedStage& stage : plan.stages)
    places.push_back({.file = repository_path(stage.place.file), .line = stage.place.line});
  return places;
}

}  // namespace ropewalk::cli
