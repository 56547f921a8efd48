#pragma once
// How a task fails: by throwing. These exceptions have a meaning of their own; every other exception is an error with
// its what(). Also the one place that converts an exception to fail(). Part of task.hpp, which is what a plugin
// includes.

#include <ropewalk/sdk/abi.h>

#include <cxxabi.h>

#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <typeinfo>

namespace ropewalk {
inline namespace sdk_v1 {

/// May succeed next time, so the task is retried.
class Transient : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The system has no descriptor, process or memory left to start the task, and nothing was done. The task waits until
/// others have ended, and this attempt does not count. Throw it only before the first effect.
class NoRoom : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A program that the task ran exited with a code that is a failure, on which `retries` may depend.
class ExitCode : public std::runtime_error {
 public:
  /// `code`: 0 to 255.
  ExitCode(int code, const std::string& what) : std::runtime_error(what), code_(code) {}
  /// Returns the exit code.
  int code() const { return code_; }

 private:
  int code_;
};

/// Cannot succeed next time, so the task is not retried.
class Permanent : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The task stopped because it was requested to. The outcome is cancelled or timed out, not failed.
class Stopped : public std::runtime_error {
 public:
  Stopped() : std::runtime_error("stopped as asked") {}
  using std::runtime_error::runtime_error;
};

namespace detail __attribute__((visibility("hidden"))) {

  /// Thrown after the host has already recorded the failure. Nothing is added.
  struct Recorded {};

  inline std::string readable(const std::type_info& type) {
    int status = 0;
    const std::unique_ptr<char, void (*)(void*)> name(abi::__cxa_demangle(type.name(), nullptr, nullptr, &status),
                                                      std::free);
    return status == 0 ? name.get() : type.name();
  }

  /// Returns what(), followed by those of the nested exceptions.
  inline std::string text_of(const std::exception& error, int depth = 0) {
    std::string text = error.what();
    if (text.empty()) text = "exception of type " + readable(typeid(error));
    if (dynamic_cast<const std::bad_alloc*>(&error)) text = "out of memory (" + text + ")";
    if (depth == 8) return text + ": caused by more";
    try {
      std::rethrow_if_nested(error);
    } catch (const std::exception& cause) {
      text += ": caused by: " + text_of(cause, depth + 1);
    } catch (...) {
      const std::type_info* type = abi::__cxa_current_exception_type();
      text += ": caused by: " + (type ? "exception of type " + readable(*type) : std::string("unknown exception"));
    }
    return text;
  }

  /// Call only inside a catch clause, and not for a forced unwind.
  inline std::int32_t fail_with_current_exception(const ropewalk_host* host, ropewalk_call* call) {
    const auto fail = [&](std::int32_t kind, std::string_view text) {
      host->fail(call, kind, {text.data(), text.size()});
      return ROPEWALK_FAILED;
    };
    try {
      throw;
    } catch (const Recorded&) {
      return ROPEWALK_FAILED;
    } catch (const Transient& error) {
      return fail(ROPEWALK_FAIL_TRANSIENT, text_of(error));
    } catch (const NoRoom& error) {
      return fail(ROPEWALK_FAIL_NO_ROOM, text_of(error));
    } catch (const Permanent& error) {
      return fail(ROPEWALK_FAIL_PERMANENT, text_of(error));
    } catch (const Stopped& error) {
      return fail(ROPEWALK_FAIL_STOPPED, error.what());
    } catch (const ExitCode& error) {
      return fail(ROPEWALK_FAIL_EXIT_CODE(error.code()), text_of(error));
    } catch (const std::exception& error) {
      return fail(ROPEWALK_FAIL_ERROR, text_of(error));
    } catch (...) {
      const std::type_info* type = abi::__cxa_current_exception_type();
      return fail(ROPEWALK_FAIL_ERROR, "exception of type " + (type ? readable(*type) : std::string("unknown")));
    }
  }

}  // namespace detail
}  // namespace sdk_v1
}  // namespace ropewalk
