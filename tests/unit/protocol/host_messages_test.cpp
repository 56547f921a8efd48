#include "protocol/host_messages.hpp"

#include "values/value_codec.hpp"

#include <gmock/gmock.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <span>

namespace ropewalk::wire {
namespace {

TEST(Wire, SmallAndLargeBodiesArriveWithTheirDescriptors) {
  const auto [one, other] = socket_pair();
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{10}, std::size_t{48 * 1024}, std::size_t{48 * 1024 + 1}, std::size_t{3'000'000}}) {
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

TEST(Wire, I05_AMessageOfAnotherVersionOrWithoutMagicIsRejected) {
  const auto [one, other] = socket_pair();
  Received received;
  for (const Head forged : {Head{.version = kVersion + 1, .type = Type::end}, Head{.magic = 1, .type = Type::end}}) {
    ASSERT_TRUE(send_message(one.get(), {reinterpret_cast<const char*>(&forged), sizeof forged}));
    EXPECT_EQ(receive(other.get(), received, true), Got::nonsense);
  }
  ASSERT_TRUE(send_message(one.get(), "short"));
  EXPECT_EQ(receive(other.get(), received, true), Got::nonsense);
}

/// How the engine receives a message from a host with a body of `size` bytes and that many descriptors.
Got from_host(Type type, std::size_t size, std::size_t descriptors = 0) {
  const auto [one, other] = socket_pair();
  const std::vector<int> fds(descriptors, one.get());
  EXPECT_TRUE(send(one.get(), type, 1, std::string(size, 'b'), fds));
  Received received;
  return receive_from_host(other.get(), received);
}

TEST(Wire, I08_OnlyAHostsOwnMessageTypesWithinTheirBoundsAreAccepted) {
  EXPECT_EQ(from_host(Type::hello, 100'000), Got::message);
  EXPECT_EQ(from_host(Type::hello, 17 << 20), Got::forbidden) << "too large";
  EXPECT_EQ(from_host(Type::hello, 10, 1), Got::forbidden) << "a descriptor that nobody needs";
  EXPECT_EQ(from_host(Type::blob, 10, 1), Got::message);
  EXPECT_EQ(from_host(Type::blob, 10), Got::forbidden) << "without its descriptor";
  EXPECT_EQ(from_host(Type::blob, 100, 1), Got::forbidden);
  EXPECT_EQ(from_host(Type::not_forked, 1024), Got::message);
  EXPECT_EQ(from_host(Type::not_forked, 1025), Got::forbidden);
  EXPECT_EQ(from_host(Type::workers, 1025), Got::forbidden);
  for (const Type type : {Type::board, Type::stage, Type::end, Type::zygote, Type::fork, Type{77}})
    EXPECT_EQ(from_host(type, 0), Got::forbidden);
}

TEST(Wire, I08_ABodyThatTheHostCouldStillChangeIsForbidden) {
  const auto [one, other] = socket_pair();
  const Fd open(::memfd_create("test", MFD_CLOEXEC));
  ASSERT_EQ(::ftruncate(open.get(), off_t{1} << 40), 0);
  const int fds[] = {open.get()};
  Received received;
  for (const std::uint64_t size : {std::uint64_t{1} << 40, std::uint64_t{100'000}}) {
    const Head head{.type = Type::hello, .body_in_memfd = 1, .size = size};
    ASSERT_TRUE(send_message(one.get(), {reinterpret_cast<const char*>(&head), sizeof head}, fds));
    EXPECT_EQ(receive_from_host(other.get(), received), Got::forbidden) << size;
  }
}

TEST(Wire, I08_AnEmptyMessageLeavesNoDescriptorBehind) {
  const auto [one, other] = socket_pair();
  msghdr header{};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  cmsghdr* const rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(int));
  const int fd = one.get();
  std::memcpy(CMSG_DATA(rights), &fd, sizeof fd);
  ASSERT_EQ(::sendmsg(one.get(), &header, 0), 0);
  const int next = ::dup(0);
  ::close(next);
  Received received;
  EXPECT_EQ(receive_from_host(other.get(), received), Got::closed);
  const int free = ::dup(0);
  EXPECT_EQ(free, next);
  ::close(free);
}

TEST(Wire, AZygoteDistinguishesAForkRequestFromAnyOtherMessage) {
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

TEST(Wire, I06_TheEndOfThePeerIsReported) {
  auto [one, other] = socket_pair();
  Received received;
  EXPECT_EQ(receive(one.get(), received, false), Got::nothing);
  other.reset();
  EXPECT_EQ(receive(one.get(), received, true), Got::closed);
  EXPECT_FALSE(send(one.get(), Type::end, 0, {}));
}

TEST(Wire, AStageArrivesUnchanged) {
  const StageSetup sent{.task_type = 3,
                        .stage = "hash",
                        .run_id = "r",
                        .constants = std::string("\0\1", 2),
                        .varying = {0, 5},
                        .first_index = 17,
                        .awaits_debugger = true};
  const std::optional<StageSetup> received = decode_stage(encode(sent));
  ASSERT_TRUE(received);
  EXPECT_EQ(*received, sent);
  EXPECT_FALSE(decode_stage("nonsense"));
  EXPECT_FALSE(decode_stage(encode_value(Map{{"type", 1}})));
}

}  // namespace
}  // namespace ropewalk::wire
