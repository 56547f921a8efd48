#pragma once
// Plugins that exist only as descriptions, for tests of the planner.

#include <ropewalk/codes.hpp>
#include <ropewalk/plan.hpp>

#include <fmt/format.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ropewalk::test {

inline Field field(std::string name, Type type, bool required = false, Type element = Type::any) {
  Field made;
  made.name = std::move(name);
  made.type = type;
  made.element = element;
  made.required = required;
  return made;
}
inline Field limited(Field made, Value minimum, Value maximum, std::string unit = {}) {
  made.minimum = std::move(minimum);
  made.maximum = std::move(maximum);
  made.unit = std::move(unit);
  return made;
}
inline Field one_of(Field made, std::vector<Value> choices) {
  made.choices = std::move(choices);
  return made;
}
inline TaskDescription task_type(std::string name, std::vector<Field> params, std::vector<Field> results,
                                 bool thread_safe = true) {
  TaskDescription type;
  type.name = std::move(name);
  type.params = std::move(params);
  type.results = std::move(results);
  type.thread_safe = thread_safe;
  return type;
}

/// `file`, `image` and `sim`, similar to the real ones.
class FakePlugins final : public PluginSource {
 public:
  FakePlugins() {
    add("file",
        {task_type("checksum",
                   {field("path", Type::path, true), one_of(field("algorithm", Type::text), {"sha256", "xxh3"})},
                   {field("path", Type::path), field("digest", Type::text), field("bytes", Type::integer),
                    field("line", Type::text)}),
         task_type("write",
                   {field("path", Type::path, true), field("lines", Type::list, false, Type::text),
                    field("text", Type::text)},
                   {field("path", Type::path), field("bytes", Type::integer)})});
    TaskDescription run =
        task_type("run",
                  {field("command", Type::text), field("argv", Type::list, false, Type::bytes),
                   field("cwd", Type::path), field("env", Type::map, false, Type::bytes), field("stdin", Type::bytes)},
                  {field("stdout", Type::text)});
    run.exactly_one = {{"command", "argv"}};
    run.executor = "thread";
    run.stops = true;
    add("shell", {run});
    add("image", {task_type("resize",
                            {field("input", Type::path, true), field("output", Type::path, true),
                             limited(field("width", Type::integer), 16, 8192, "pixels"), field("quality", Type::real)},
                            {field("output", Type::path)}, false)});
    TaskDescription sleep = task_type("sleep", {field("seconds", Type::duration)}, {field("slept", Type::duration)});
    sleep.executor = "thread";
    add("sim",
        {task_type("noop", {}, {}), task_type("echo", {field("value", Type::any)}, {field("value", Type::any)}), sleep,
         task_type("types",
                   {field("flag", Type::boolean), field("count", Type::integer), field("ratio", Type::real),
                    field("text", Type::text), field("path", Type::path), field("wait", Type::duration),
                    field("memory", Type::size), field("names", Type::list, false, Type::text),
                    field("env", Type::map, false, Type::text), field("raw", Type::bytes)},
                   {field("names", Type::list, false, Type::text)})});
  }

  Result<std::shared_ptr<const Plugin>> plugin(std::string_view name, const PluginRequest& request) override {
    asked.emplace_back(name);
    requests.push_back(request);
    searched = request.folders;
    const auto found = plugins_.find(name);
    if (found == plugins_.end()) return Error{"P101", fmt::format("there is no plugin '{}'", name)};
    return std::shared_ptr<const Plugin>(found->second);
  }
  std::vector<std::string> names(const std::vector<std::filesystem::path>&) override {
    return {"file", "image", "shell", "sim"};
  }

  /// Makes it a plugin in Python.
  void add_interpreter(const std::string& name) { plugins_.at(name)->interpreter = "/usr/bin/python3"; }

  std::vector<std::string> asked;
  std::vector<PluginRequest> requests;
  std::vector<std::filesystem::path> searched;

 private:
  void add(std::string name, std::vector<TaskDescription> types) {
    auto plugin = std::make_shared<Plugin>();
    plugin->name = name;
    plugin->version = name == "image" ? "of today" : "1.2.0";
    plugin->task_types = std::move(types);
    plugins_[std::move(name)] = std::move(plugin);
  }
  std::map<std::string, std::shared_ptr<Plugin>, std::less<>> plugins_;
};

}  // namespace ropewalk::test
