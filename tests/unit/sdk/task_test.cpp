// The declaration of a task type, how a task runs, and the functions of its host.

#include "run_task.hpp"

#include <cstdint>
#include <optional>
#include <string>

using ropewalk::FakeField;
using ropewalk::FakeOutcome;
using ropewalk::FakeTaskType;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

namespace {

struct Scale {
  std::int64_t width = 0;
  std::string filter = "lanczos";
  std::optional<double> gamma;
  struct Result {
    std::int64_t pixels = 0;
    std::string filter;
  };
  Result run(ropewalk::Call&) const { return {width * width, filter + (gamma ? "+gamma" : "")}; }

  static void describe(ropewalk::TaskType<Scale>& task) {
    task.summary("Scales.")
        .thread_safe()
        .not_repeatable()
        .prefers("thread")
        .param("width", &Scale::width, "of the image")
        .range(16, 8192)
        .unit("pixels")
        .option("filter", &Scale::filter)
        .one_of({"box", "lanczos"})
        .help("how to sample")
        .secret()
        .option("gamma", &Scale::gamma)
        .min(0.1)
        .result("pixels", &Result::pixels, "how many")
        .unit("px")
        .result("filter", &Result::filter);
  }
};

TEST(Task, DeclaresFieldsInTheOrderOfDescribe) {
  const FakeTaskType type = described<Scale>();
  EXPECT_EQ(type.summary, "Scales.");
  EXPECT_EQ(type.executor, "thread");
  EXPECT_EQ(type.flags, ROPEWALK_TASK_THREAD_SAFE | ROPEWALK_TASK_NOT_REPEATABLE);
  ASSERT_EQ(type.params.size(), 3u);
  const FakeField& width = type.params[0];
  EXPECT_EQ(width.name, "width");
  EXPECT_EQ(width.type, ROPEWALK_TYPE_INT);
  EXPECT_EQ(width.flags, ROPEWALK_FIELD_REQUIRED);
  EXPECT_EQ(width.help, "of the image");
  EXPECT_EQ(width.unit, "pixels");
  EXPECT_EQ(width.minimum, "16");
  EXPECT_EQ(width.maximum, "8192");
  EXPECT_EQ(width.default_value, "");
  const FakeField& filter = type.params[1];
  EXPECT_EQ(filter.type, ROPEWALK_TYPE_TEXT);
  EXPECT_EQ(filter.flags, ROPEWALK_FIELD_SECRET);
  EXPECT_EQ(filter.default_value, "\"lanczos\"");
  EXPECT_EQ(filter.choices, "[\"box\",\"lanczos\"]");
  EXPECT_EQ(filter.help, "how to sample");
  const FakeField& gamma = type.params[2];
  EXPECT_EQ(gamma.type, ROPEWALK_TYPE_FLOAT);
  EXPECT_EQ(gamma.flags, 0u);
  EXPECT_EQ(gamma.default_value, "");
  EXPECT_EQ(gamma.minimum, "0.1");
  ASSERT_EQ(type.results.size(), 2u);
  EXPECT_EQ(type.results[0].name, "pixels");
  EXPECT_EQ(type.results[0].unit, "px");
  EXPECT_EQ(type.results[1].type, ROPEWALK_TYPE_TEXT);
}

TEST(Task, GetsItsParametersAndReturnsItsResult) {
  const FakeOutcome outcome = run_task<Scale>({{"width", 20}, {"filter", "box"}, {"gamma", 2.2}});
  EXPECT_TRUE(outcome.succeeded) << outcome.message;
  EXPECT_THAT(outcome.results, ElementsAre(Pair("filter", "box+gamma"), Pair("pixels", 400)));
  EXPECT_THAT(outcome.faults, IsEmpty());
}

TEST(Task, KeepsTheMembersInitialValueForAnAbsentOption) {
  EXPECT_EQ(run_task<Scale>({{"width", 20}}).text("filter"), "lanczos");
}

TEST(Task, IsAFreshStructEachTime) {
  ropewalk::FakeHost host(plugin_of<Scale>());
  EXPECT_EQ(host.run("task", {{"width", 1}, {"gamma", 1.0}}).text("filter"), "lanczos+gamma");
  EXPECT_EQ(host.run("task", {{"width", 1}}).text("filter"), "lanczos");
}

struct Quiet {
  void run(ropewalk::Call&) {}  // neither const nor a result: both are permitted
  static void describe(ropewalk::TaskType<Quiet>&) {}
};

TEST(Task, MayReturnNothingAndDeclareNothing) {
  const FakeOutcome outcome = run_task<Quiet>();
  EXPECT_TRUE(outcome.succeeded);
  EXPECT_THAT(outcome.results, IsEmpty());
  EXPECT_THAT(outcome.faults, IsEmpty());
}

struct Common {
  std::string prefix = "-";
  struct Result {
    std::string said;
  };
};
struct Padding {
  std::int64_t before = 7;
};
struct Derived : Padding, Common {
  struct Result : Padding, Common::Result {};
  Result run(ropewalk::Call&) const {
    Result result;
    result.said = prefix;
    return result;
  }
  static void describe(ropewalk::TaskType<Derived>& task) {
    task.option("prefix", &Derived::prefix).result("said", &Result::said).result("before", &Result::before);
  }
};

TEST(Task, MayInheritParametersAndResultsFromAnyBase) {
  const FakeOutcome outcome = run_task<Derived>({{"prefix", ">"}});
  EXPECT_THAT(outcome.results, ElementsAre(Pair("before", 7), Pair("said", ">")));
}

struct Model {
  struct Worker {
    static inline int made = 0, gone = 0;
    int tasks = 0;
    Worker() { ++made; }
    ~Worker() { ++gone; }
  };
  struct Result {
    std::int64_t nth = 0;
  };
  Result run(ropewalk::Call&, Worker& worker) const { return {++worker.tasks}; }
  static void describe(ropewalk::TaskType<Model>& task) { task.result("nth", &Result::nth); }
};

TEST(Task, SharesOneWorkerBetweenTheTasksOfAWorker) {
  {
    ropewalk::FakeHost host(plugin_of<Model>());
    EXPECT_EQ(host.run("task").integer("nth"), 1);
    EXPECT_EQ(host.run("task").integer("nth"), 2);
    EXPECT_EQ(Model::Worker::gone, 0);
  }
  EXPECT_EQ(Model::Worker::made, 1);
  EXPECT_EQ(Model::Worker::gone, 1);
}

struct Named {
  struct Worker {
    std::string stage;
    explicit Worker(ropewalk::Call& call) : stage(call.stage()) {}
  };
  struct Result {
    std::string stage;
  };
  Result run(ropewalk::Call&, Worker& worker) const { return {worker.stage}; }
  static void describe(ropewalk::TaskType<Named>& task) { task.result("stage", &Result::stage); }
};

TEST(Task, MayOpenItsWorkerFromTheFirstCall) {
  EXPECT_EQ(run_task<Named>({}, {.stage = "render"}).text("stage"), "render");
}

struct Busy {
  struct Result {
    std::int64_t index = 0, attempt = 0;
    std::string where;
    bool waited = false, has_deadline = false;
  };
  Result run(ropewalk::Call& call) const {
    using std::chrono::seconds;
    call.log(ropewalk::Level::warning, "careful");
    call.progress(0.5, "half");
    call.charge_cpu(seconds(3));
    const bool stopped = call.wait(seconds(1000));
    return {static_cast<std::int64_t>(call.index()), call.attempt(),
            std::string(call.stage()) + "@" + std::string(call.run_id()), !stopped, call.deadline().has_value()};
  }
  static void describe(ropewalk::TaskType<Busy>& task) {
    task.result("index", &Result::index)
        .result("attempt", &Result::attempt)
        .result("where", &Result::where)
        .result("waited", &Result::waited)
        .result("has_deadline", &Result::has_deadline);
  }
};

TEST(Task, UsesItsHostThroughTheCall) {
  const FakeOutcome outcome = run_task<Busy>(
      {}, {.index = 7, .attempt = 2, .stage = "s", .run_id = "r", .deadline_in = std::chrono::seconds(5)});
  EXPECT_THAT(outcome.results, ElementsAre(Pair("attempt", 2), Pair("has_deadline", true), Pair("index", 7),
                                           Pair("waited", true), Pair("where", "s@r")));
  EXPECT_THAT(outcome.logs, ElementsAre(Pair(ROPEWALK_LOG_WARNING, "careful")));
  EXPECT_THAT(outcome.progress, ElementsAre(Pair(0.5, "half")));
  EXPECT_EQ(outcome.charged_cpu, std::chrono::seconds(3));
  EXPECT_EQ(outcome.waited, std::chrono::seconds(1000));
}

struct Misplaced {
  std::int64_t n = 0;
  void run(ropewalk::Call&) const {}
  static void describe(ropewalk::TaskType<Misplaced>& task) { task.unit("s").option("n", &Misplaced::n); }
};

TEST(TaskDeathTest, AnErrorInDescribeEndsTheProcessWithItsText) {
  EXPECT_DEATH(described<Misplaced>(), "a unit, limit or help stands before every field");
}

}  // namespace
