#include "choices/attempt_rules.hpp"

#include "base/suggest.hpp"
#include "expressions/binding.hpp"
#include "choices/attempt_bindings.hpp"
#include "choices/choices.hpp"
#include "workflow/key_tables.hpp"

#include <ropewalk/codes.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <bitset>
#include <cmath>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

namespace ropewalk {
namespace {

constexpr std::uint32_t kRetriesOfAMap = 3;  // where it does not say max
constexpr double kNsPerSecond = 1e9;
constexpr double kLongestSeconds = 10 * 365 * 86400.0;
constexpr std::string_view kLongest = "10 years";

/// What a value must lie between, and how messages write that.
struct Bounds {
  double low, high;
  std::string_view low_text, high_text;
};

class RulesReader {
 public:
  /// `later`: as that of read_rules().
  explicit RulesReader(const ResolveContext& names, AttemptBindings* later = nullptr) : names_(names), later_(later) {}

  void timeout(const Node& node, std::int64_t& out) {
    constexpr Bounds kBounds{1 / kNsPerSecond, kLongestSeconds, "1ns", kLongest};
    take_duration(node, "'timeout'", kBounds, "remove the key to let a task run as long as it likes", out,
                  [](AttemptValues& own, std::int64_t ns) { own.timeout_ns = ns; });
  }

  void deadline(const Node& node, std::int64_t& out) {
    constexpr Bounds kBounds{1e-3, kLongestSeconds, "1ms", kLongest};
    take_duration(node, "'deadline'", kBounds, "remove the key where there is none", out);
  }

  void load_timeout(const Node& node, std::int64_t& out) {
    constexpr Bounds kBounds{1e-3, kLongestSeconds, "1ms", kLongest};
    take_duration(node, "'load_timeout' of 'plugins'", kBounds, "remove the key to use the default", out);
  }

  void retries(const Node& node, Retries& out) {
    if (node.is_scalar()) return count(node, "'retries'", out);
    if (!node.is_map()) return;
    out.max = kRetriesOfAMap;
    const Node *delay = node.find("delay"), *longest = node.find("max_delay");
    if (const Node* max = node.find("max")) count(*max, "'max' of 'retries'", out);
    if (delay) wait(*delay, "'delay' of 'retries'", out.delay_ns);
    bool comparable = true;
    if (longest)
      comparable = wait(*longest, "'max_delay' of 'retries'", out.max_delay_ns);
    else
      out.max_delay_ns = std::max(out.max_delay_ns, out.delay_ns);
    if (comparable && out.delay_ns > out.max_delay_ns)
      report(*delay, codes::kOutOfRange, "'delay' of 'retries' is longer than its 'max_delay'",
             "raise 'max_delay', or remove it");
    if (const Node* backoff = node.find("backoff"))
      take_number(*backoff, "'backoff' of 'retries'", {1, kMaxBackoff, "1", "1000"},
                  "each delay is so many times the one before; 1 keeps them equal", out.backoff);
    if (const Node* jitter = node.find("jitter"))
      take_number(*jitter, "'jitter' of 'retries'", {0, 1, "0", "1"},
                  "it is the part of a delay that chance may cut off, such as 0.2", out.jitter);
    if (const Node* when = node.find("when")) {
      out.when = 0;
      failures(*when, "'when' of 'retries'", "so nothing would ever be tried again", out.when, out.when_exit);
    }
    if (const Node* unless = node.find("unless"))
      failures(*unless, "'unless' of 'retries'", "so it excludes nothing", out.unless, out.unless_exit);
  }

  void limits(const Node& node, Limits& out) {
    constexpr double kKiB = 1024, kMiB = 1024 * kKiB, kTiB = 1024 * 1024 * kMiB;
    constexpr std::string_view kBytes = "a number without a unit is bytes";
    if (const Node* memory = node.find("memory"))
      take_size(*memory, "'memory' of 'limits'", {16 * kMiB, 1024 * kTiB, "16MiB", "1024TiB"},
                fmt::format("write such as 512MiB ({}); a host needs some of it for itself", kBytes), out.memory_bytes,
                [](AttemptValues& own, std::uint64_t bytes) { own.limits.memory_bytes = bytes; });
    if (const Node* time = node.find("cpu_time"))
      take_duration(*time, "'cpu_time' of 'limits'", {1e-3, kLongestSeconds, "1ms", kLongest},
                    "remove the key to let a task compute as long as it likes", out.cpu_time_ns.emplace(),
                    [](AttemptValues& own, std::int64_t ns) { own.limits.cpu_time_ns = ns; });
    if (const Node* files = node.find("files"))
      take_size(*files, "'files' of 'limits'", {1, 1024 * kTiB, "1B", "1024TiB"},
                "it is the size that a file of the task may reach, such as 1GB", out.file_bytes,
                [](AttemptValues& own, std::uint64_t bytes) { own.limits.file_bytes = bytes; });
    if (const Node* output = node.find("output"))
      take_size(*output, "'output' of 'limits'", {4 * kKiB, 1024 * kMiB, "4KiB", "1GiB"},
                fmt::format("write such as 1MiB ({}); larger output belongs in a file", kBytes), out.output_bytes,
                [](AttemptValues& own, std::uint64_t bytes) { own.limits.output_bytes = bytes; });
  }

 private:
  void report(const Node& node, const char* code, std::string message, std::string fix) {
    names_.diagnostics.add(code, place_of(names_.source(), node), std::move(message), {std::move(fix)});
  }

  static bool is_literal(const Node& node) { return node.text.find("${{") == std::string::npos; }

  /// `is`: the value as it came out of an expression.
  bool holds(const Node& node, std::string_view what, double value, const Bounds& bounds, std::string_view is,
             std::string_view fix) {
    const std::string wrong = outside(what, value, bounds, is_literal(node) ? node.text : is);
    if (!wrong.empty()) report(node, codes::kOutOfRange, wrong, std::string(fix));
    return wrong.empty();
  }

  /// What is wrong with the value; empty: nothing.
  static std::string outside(std::string_view what, double value, const Bounds& bounds, std::string_view is) {
    if (value >= bounds.low && value <= bounds.high) return {};
    return fmt::format("{} must lie between {} and {}, this is {}", what, bounds.low_text, bounds.high_text, is);
  }

  void count(const Node& node, std::string_view what, Retries& out) {
    const auto value = value_of(node, {Type::integer, Type::any}, what, {});
    if (!value) return;
    const std::int64_t number = *value->as_int();
    if (!holds(node, what, static_cast<double>(number), {0, kMaxRetries, "0", "1000"}, std::to_string(number),
               "it is the number of extra tries, 0 for none"))
      return;
    out.max = static_cast<std::uint32_t>(number);
    out.max_given = true;
  }

  bool wait(const Node& node, std::string_view what, std::int64_t& out) {
    return take_duration(node, what, {0, kLongestSeconds, "0s", kLongest}, "write a shorter one, such as 5s", out);
  }

  using PutDuration = std::function<void(AttemptValues& own, std::int64_t ns)>;
  using PutSize = std::function<void(AttemptValues& own, std::uint64_t bytes)>;

  /// A value that may depend on the attempt, if `put` is given.
  std::optional<Value> value_of(const Node& node, Wanted wanted, std::string_view what, AttemptBindings::Put put) {
    if (later_ != nullptr && put) return later_->known(node, wanted, what, names_, std::move(put));
    ResolveContext names = names_;
    names.no_attempt = ResolveContext::kOfAttempts;
    return Binding::known(node, wanted, what, names);
  }

  bool take_duration(const Node& node, std::string_view what, const Bounds& bounds, std::string_view fix,
                     std::int64_t& out_ns, const PutDuration& put = {}) {
    AttemptBindings::Put later;
    if (put)
      later = [=](AttemptValues& own, const Value& value) {
        const double seconds = *value.as_float();
        std::string problem = outside("it", seconds, bounds, fmt::format("{}s", seconds));
        if (problem.empty()) put(own, std::llround(seconds * kNsPerSecond));
        return problem;
      };
    const auto value = value_of(node, {Type::duration, Type::any}, what, std::move(later));
    if (!value) return false;
    const double seconds = *value->as_float();
    if (!holds(node, what, seconds, bounds, fmt::format("{}s", seconds), fix)) return false;
    out_ns = std::llround(seconds * kNsPerSecond);
    return true;
  }

  void take_number(const Node& node, std::string_view what, const Bounds& bounds, std::string_view fix, double& out) {
    const auto value = value_of(node, {Type::real, Type::any}, what, {});
    if (!value) return;
    const double number = *value->as_float();
    if (holds(node, what, number, bounds, fmt::format("{}", number), fix)) out = number;
  }

  void take_size(const Node& node, std::string_view what, const Bounds& bounds, std::string_view fix,
                 std::optional<std::uint64_t>& out, const PutSize& put) {
    const auto value = value_of(node, {Type::size, Type::any}, what, [=](AttemptValues& own, const Value& later) {
      const std::int64_t bytes = *later.as_int();
      std::string problem = outside("it", static_cast<double>(bytes), bounds, fmt::format("{}B", bytes));
      if (problem.empty()) put(own, static_cast<std::uint64_t>(bytes));
      return problem;
    });
    if (!value) return;
    const std::int64_t bytes = *value->as_int();
    if (holds(node, what, static_cast<double>(bytes), bounds, fmt::format("{}B", bytes), fix))
      out = static_cast<std::uint64_t>(bytes);
  }

  using Codes = std::bitset<256>;

  /// One failure, a list of them, or an expression that gives either. A failure is a kind, or {exit: CODES}.
  void failures(const Node& node, std::string_view what, std::string_view then, std::uint32_t& kinds, Codes& codes) {
    bool any = false;
    if (node.is_list()) {
      for (const Node& child : node.children) {
        any = true;
        if (child.is_map())
          exits(child, codes);
        else if (const auto value = value_of(child, {Type::text, Type::any}, fmt::format("an element of {}", what), {}))
          kind(child, *value, kinds);
      }
    } else if (node.is_map()) {
      any = true;
      exits(node, codes);
    } else if (!node.is_scalar()) {
      return report_wrong_form(names_.source(), node, "failures such as [timeout, {exit: 75}]", what,
                               names_.diagnostics);
    } else if (const auto value = value_of(node, {is_literal(node) ? Type::text : Type::any, Type::any}, what, {})) {
      const List* const list = value->as_list();
      any = list == nullptr || !list->empty();
      if (list == nullptr)
        kind(node, *value, kinds);
      else
        for (const Value& each : *list) kind(node, each, kinds);
    } else {
      return;
    }
    if (!any)
      report(node, codes::kWrongForm, fmt::format("{} is empty, {}", what, then),
             fmt::format("name some of {}, or {{exit: CODES}}; or remove the key",
                         fmt::join(names_of(retry_kind_words()), ", ")));
  }

  void kind(const Node& node, const Value& value, std::uint32_t& kinds) {
    const std::string name = display_value(value);
    if (const auto found = find_word(retry_kind_words(), name))
      kinds |= 1u << static_cast<unsigned>(*found);
    else
      report(node, codes::kNotAChoice,
             fmt::format("there is no kind of failure '{}' to try again after{}", name,
                         did_you_mean(name, names_of(retry_kind_words()))),
             fmt::format("the kinds are: {}; exit codes are written {{exit: [75, 111]}}",
                         fmt::join(names_of(retry_kind_words()), ", ")));
  }

  void exits(const Node& node, Codes& codes) {
    const std::size_t before = names_.diagnostics.size();
    check_keys(names_.source(), node, failure_keys(), names_.diagnostics);
    const Node* exit = node.find("exit");
    if (names_.diagnostics.size() > before) return;
    if (exit == nullptr)
      return report(node, codes::kMissingKey, "a failure has no 'exit'", "write {exit: 75} or {exit: [75, 111]}");
    if (exit->is_list() && exit->children.empty())
      report(*exit, codes::kWrongForm, "'exit' is empty, so it is no failure", "write {exit: 75} or {exit: [75, 111]}");
    if (!exit->is_list()) return code(*exit, codes);
    for (const Node& child : exit->children) code(child, codes);
  }

  void code(const Node& node, Codes& codes) {
    const auto value = value_of(node, {Type::integer, Type::any}, "'exit'", {});
    if (!value) return;
    const std::int64_t number = *value->as_int();
    if (holds(node, "'exit'", static_cast<double>(number), {0, 255, "0", "255"}, std::to_string(number),
              "it is the exit code of a process"))
      codes.set(static_cast<std::size_t>(number));
  }

  const ResolveContext& names_;
  AttemptBindings* const later_;
};

}  // namespace

AttemptRules read_rules(const StageKeys& keys, const ResolveContext& names, AttemptRules rules,
                        AttemptBindings* later) {
  RulesReader reader(names, later);
  if (keys.timeout) reader.timeout(*keys.timeout, rules.timeout_ns);
  if (keys.deadline) reader.deadline(*keys.deadline, rules.deadline_ns);
  if (keys.retries) reader.retries(*keys.retries, rules.retries = {});
  if (keys.limits) reader.limits(*keys.limits, rules.limits = {});
  return rules;
}

std::int64_t read_deadline(const Node& node, const ResolveContext& names) {
  std::int64_t deadline_ns = 0;
  RulesReader(names).deadline(node, deadline_ns);
  return deadline_ns;
}

std::int64_t read_load_timeout(const Node& node, const ResolveContext& names) {
  std::int64_t timeout_ns = 0;
  RulesReader(names).load_timeout(node, timeout_ns);
  return timeout_ns;
}

}  // namespace ropewalk
