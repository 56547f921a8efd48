#include "logger.hpp"

#include "base/text.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>

#include <mutex>

namespace ropewalk::cli {
namespace {

/// Clears the live view before a line, as every writer on this screen does.
class ScreenSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit ScreenSink(Screen& screen) : screen_(screen) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    screen_.say({line.data(), line.size()});
  }
  void flush_() override {}

  Screen& screen_;
};

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warning: return spdlog::level::warn;
    case LogLevel::error: break;
  }
  return spdlog::level::err;
}

}  // namespace

struct Logger::Made {
  explicit Made(Screen& screen) : logger("ropewalk", std::make_shared<ScreenSink>(screen)) {
    logger.set_level(spdlog::level::debug);
    logger.set_pattern("[%H:%M:%S.%e] %n %l: %v");
  }
  spdlog::logger logger;
};

Logger::Logger(Screen& screen, int verbose) : screen_(screen), least_(log_level(2 - verbose)) {}
Logger::~Logger() = default;

void Logger::log(LogLevel level, std::string_view text) {
  if (level < least_) return;
  if (!made_) made_ = std::make_unique<Made>(screen_);
  made_->logger.log(level_of(level), "{}", escape_for_display(text));
}

}  // namespace ropewalk::cli
