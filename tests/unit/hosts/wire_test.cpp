#include "hosts/wire.hpp"

#include "base/value_codec.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <span>

namespace ropewalk::wire {
namespace {

TEST(Wire, SmallAndLargeBodiesArriveWithTheirDescriptors) {
  const auto [one, other] = socket_pair();
  for (const std::size_t size : {std::size_t{0}, std::size_t{10}, std::size_t{48 * 1024}, std::size_t{48 * 1024 + 1}, std::size_t{3'000'000}}) {
    const std::string body(size, 'b');
    const int fds[] = {one.get()};
    ASSERT_TRUE(send(one.get(), Type::blob, 7, body, fds));
    Received received;
    ASSERT_EQ(receive(other.get(), received, true), Got::message);
    EXPECT_EQ(received.type, Type::blob);
    EXPECT_EQ(received.number, 7u);
    EXPECT_TRUE(received.body == body) << size;
    EXPECT_EQ(received.fds.size(), 1u);
  }
}

TEST(Wire, I05_AMessageOfAnotherVersionOrWithoutMagicIsNonsense) {
  const auto [one, other] = socket_pair();
  Received received;
  for (const Head forged : {Head{.version = kVersion + 1, .type = Type::end}, Head{.magic = 1, .type = Type::end}}) {
    ASSERT_TRUE(send_message(one.get(), {reinterpret_cast<const char*>(&forged), sizeof forged}));
    EXPECT_EQ(receive(other.get(), received, true), Got::nonsense);
  }
  ASSERT_TRUE(send_message(one.get(), "short"));
  EXPECT_EQ(receive(other.get(), received, true), Got::nonsense);
}

TEST(Wire, AZygoteTellsARequestForAHostFromAnyOtherMessage) {
  const auto [one, other] = socket_pair();
  const BoardSetup setup{.layout = board::Layout::for_one_task(), .tsc = 1, .memory_bytes = 77};
  const std::string_view body(reinterpret_cast<const char*>(&setup), sizeof setup);
  const int fds[] = {one.get(), other.get()};
  ForkRequest request;
  Received received;
  for (const std::size_t size : {std::size_t{0}, sizeof setup, std::size_t{1000}, std::size_t{1'000'000}}) {
    ASSERT_TRUE(send(one.get(), Type::fork, 9, body, fds));
    ASSERT_EQ(receive_fork(other.get(), request, received), Got::message);
    EXPECT_EQ(request.host, 9u);
    EXPECT_EQ(request.setup.memory_bytes, 77u);
    ASSERT_EQ(request.fd_count, 2u);
    for (const int fd : std::span(request.fds).first(2)) EXPECT_EQ(::close(fd), 0);

    const std::string text(size, 's');
    ASSERT_TRUE(send(one.get(), Type::stage, 3, text, fds));
    ASSERT_EQ(receive_fork(other.get(), request, received), Got::message);
    EXPECT_EQ(request.host, 0u);
    EXPECT_EQ(received.type, Type::stage);
    EXPECT_TRUE(received.body == text) << size;
    EXPECT_EQ(received.fds.size(), 2u);
  }
  ASSERT_TRUE(send_message(one.get(), "short"));
  EXPECT_EQ(receive_fork(other.get(), request, received), Got::nonsense);
}

TEST(Wire, I06_TheEndOfThePeerIsToldAsSuch) {
  auto [one, other] = socket_pair();
  Received received;
  EXPECT_EQ(receive(one.get(), received, false), Got::nothing);
  other.reset();
  EXPECT_EQ(receive(one.get(), received, true), Got::closed);
  EXPECT_FALSE(send(one.get(), Type::end, 0, {}));
}

TEST(Wire, AStageArrivesAsItWasSent) {
  const StageSetup sent{.task_type = 3, .stage = "hash", .run_id = "r", .constants = std::string("\0\1", 2), .varying = {0, 5}};
  const std::optional<StageSetup> received = decode_stage(encode(sent));
  ASSERT_TRUE(received);
  EXPECT_EQ(encode(*received), encode(sent));
  EXPECT_FALSE(decode_stage("nonsense"));
  EXPECT_FALSE(decode_stage(encode_value(Map{{"type", 1}})));
}

}  // namespace
}  // namespace ropewalk::wire
