#pragma once
// A mutex with locking rules that Clang checks (-Wthread-safety). Clang reports each access to a member declared
// ROPEWALK_GUARDED_BY a mutex without holding that mutex. Other compilers ignore the annotations.

#include <chrono>
#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define ROPEWALK_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define ROPEWALK_THREAD_ATTRIBUTE(x)
#endif

#define ROPEWALK_CAPABILITY(name) ROPEWALK_THREAD_ATTRIBUTE(capability(name))
#define ROPEWALK_SCOPED_CAPABILITY ROPEWALK_THREAD_ATTRIBUTE(scoped_lockable)
/// For a member that is read and written only while this mutex is held.
#define ROPEWALK_GUARDED_BY(mutex) ROPEWALK_THREAD_ATTRIBUTE(guarded_by(mutex))
/// For a function whose caller must hold the mutex.
#define ROPEWALK_REQUIRES(...) ROPEWALK_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define ROPEWALK_ACQUIRE(...) ROPEWALK_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define ROPEWALK_TRY_ACQUIRE(...) ROPEWALK_THREAD_ATTRIBUTE(try_acquire_capability(__VA_ARGS__))
#define ROPEWALK_RELEASE(...) ROPEWALK_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))
/// For a function that is exempt from the rules; its comment gives the reason.
#define ROPEWALK_UNCHECKED ROPEWALK_THREAD_ATTRIBUTE(no_thread_safety_analysis)

namespace ropewalk {

/// A std::mutex with annotations.
class ROPEWALK_CAPABILITY("mutex") Mutex {
 public:
  void lock() ROPEWALK_ACQUIRE() { native_.lock(); }
  void unlock() ROPEWALK_RELEASE() { native_.unlock(); }
  bool try_lock() ROPEWALK_TRY_ACQUIRE(true) { return native_.try_lock(); }
  std::mutex& native() { return native_; }

 private:
  std::mutex native_;
};

/// Holds a mutex for a scope. unlock() and lock() may release and reacquire it within the scope.
template <class Held>
class ROPEWALK_SCOPED_CAPABILITY BasicMutexLock {
 public:
  explicit BasicMutexLock(Held& mutex) ROPEWALK_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~BasicMutexLock() ROPEWALK_RELEASE() {
    if (held_) mutex_.unlock();
  }
  BasicMutexLock(const BasicMutexLock&) = delete;
  BasicMutexLock& operator=(const BasicMutexLock&) = delete;

  void unlock() ROPEWALK_RELEASE() {
    mutex_.unlock();
    held_ = false;
  }
  void lock() ROPEWALK_ACQUIRE() {
    mutex_.lock();
    held_ = true;
  }

 private:
  Held& mutex_;
  bool held_ = true;
};

using MutexLock = BasicMutexLock<Mutex>;

/// A std::condition_variable. Wake-ups may be spurious, so wait in a loop over the condition.
class ConditionVariable {
 public:
  void wait(Mutex& mutex) ROPEWALK_REQUIRES(mutex) {
    std::unique_lock lock(mutex.native(), std::adopt_lock);
    native_.wait(lock);
    lock.release();
  }
  /// The same until then at the latest.
  void wait_until(Mutex& mutex, std::chrono::steady_clock::time_point until) ROPEWALK_REQUIRES(mutex) {
    std::unique_lock lock(mutex.native(), std::adopt_lock);
    native_.wait_until(lock, until);
    lock.release();
  }
  void notify_one() { native_.notify_one(); }
  void notify_all() { native_.notify_all(); }

 private:
  std::condition_variable native_;
};

}  // namespace ropewalk
