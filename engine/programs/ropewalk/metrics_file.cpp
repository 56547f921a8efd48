#include "metrics_file.hpp"

#include "output_file.hpp"

#include <filesystem>
#include <utility>

namespace ropewalk::cli {
namespace {

bool may_be_replaced(const std::string& path) {
  std::error_code failed;
  const auto status = std::filesystem::status(path, failed);
  return path != "-" && (!std::filesystem::exists(status) || std::filesystem::is_regular_file(status));
}

}  // namespace

MetricsFile::MetricsFile(const MetricsReport& metrics, std::string path)
    : metrics_(metrics), path_(std::move(path)), is_live_(may_be_replaced(path_)) {}

MetricsFile::~MetricsFile() { stop(); }

void MetricsFile::tick(std::int64_t t_ns) {
  if (!is_live_ || t_ns < next_ns_) return;
  next_ns_ = t_ns + kInterval_ns;
  {
    const MutexLock lock(mutex_);
    text_ = metrics_.text(t_ns);
    changed_.notify_one();
  }
  if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
}

void MetricsFile::work() {
  while (true) {
    std::string text;
    {
      const MutexLock lock(mutex_);
      while (!stop_ && text_.empty()) changed_.wait(mutex_);
      if (text_.empty()) return;
      text = std::exchange(text_, {});
    }
    // An error passes: the end of the run writes the file again, and reports why it cannot.
    if (auto file = OutputFile::open(path_, OutputFile::Kind::document, "--metrics")) {
      (*file)->write(text);
      (void)(*file)->commit();
    }
    const MutexLock lock(mutex_);
    ++written_;
  }
}

std::uint64_t MetricsFile::written() const {
  const MutexLock lock(mutex_);
  return written_;
}

void MetricsFile::stop() {
  {
    const MutexLock lock(mutex_);
    stop_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

}  // namespace ropewalk::cli
