#include "hosts/host_memory_cache.hpp"

#include "protocol/dealer.hpp"
#include "protocol/worker_lane.hpp"

#include <gmock/gmock.h>

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace ropewalk {
namespace {

/// What a task does with a cached: an item, a result, output, and a careless flag.
void use(CachedMemory& cached) {
  board::Dealer dealer(cached.memory.inbox.data(), cached.memory.outbox.data(), cached.memory.layout);
  const Fd bell(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  const board::Mapping outbox =
      board::map(cached.memory.outbox_fd.get(), cached.memory.layout.outbox_bytes(), board::Access::write);
  board::WorkerLane lane(cached.memory.inbox.data(), outbox.data(), cached.memory.layout, bell.get(), false);
  ASSERT_TRUE(dealer.deal(7, 1, 1, "params"));
  dealer.publish();
  const std::atomic<bool> ending = false;
  const board::Slot* slot = lane.next(ending, [] {});
  ASSERT_NE(slot, nullptr);
  EXPECT_EQ(lane.params(*slot), "params");
  lane.finish({.type = board::RecordType::result, .task = 7, .attempt = 1}, "result");
  Arena arena;
  std::string_view read;
  EXPECT_EQ(dealer.drain(arena, [&](const board::RecordHead&, std::string_view payload) { read = payload; }), 1u);
  EXPECT_EQ(read, "result");
  dealer.cancel_running();
  EXPECT_EQ(::write(cached.output.get(), "said", 4), 4);
  EXPECT_EQ(::pwrite(cached.output.get(), "far", 3, 4000), 3);
  ::fcntl(cached.output.get(), F_SETFL, O_APPEND | O_NONBLOCK);
}

TEST(HostMemoryCache, OneThatIsUsedAgainIsAsGoodAsNew) {
  HostMemoryCache host_memory_cache;
  CachedMemory cached = host_memory_cache.take(4096).value();
  const std::byte* memory = cached.memory.inbox.data();
  for (int round = 0; round < 3; ++round) {
    ASSERT_NO_FATAL_FAILURE(use(cached)) << round;
    host_memory_cache.give_back(std::move(cached));
    cached = host_memory_cache.take(4096).value();
    EXPECT_EQ(cached.memory.inbox.data(), memory) << "the same one";
    const board::Dealer dealer(cached.memory.inbox.data(), cached.memory.outbox.data(), cached.memory.layout);
    EXPECT_EQ(dealer.begun(), 0u);
    EXPECT_FALSE(dealer.busy());
    EXPECT_EQ(::lseek(cached.output.get(), 0, SEEK_CUR), 0);
    EXPECT_LT(::lseek(cached.output.get(), 0, SEEK_DATA), 0) << "nothing that the task before it printed is left";
    EXPECT_EQ(::fcntl(cached.output.get(), F_GETFL) & (O_APPEND | O_NONBLOCK), 0);
  }
}

TEST(HostMemoryCache, OneWithAnotherSizeOfOutputIsNotUsedAgain) {
  HostMemoryCache host_memory_cache;
  host_memory_cache.give_back(host_memory_cache.take(4096).value());
  EXPECT_EQ(::lseek(host_memory_cache.take(8192).value().output.get(), 0, SEEK_END), 8192);
}

}  // namespace
}  // namespace ropewalk
