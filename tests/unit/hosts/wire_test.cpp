#include "hosts/wire.hpp"

#include "base/value_codec.hpp"

#include <gmock/gmock.h>

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
