#include "protocol/blob.hpp"
#include "protocol/fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

namespace ropewalk::board {
namespace {

std::shared_ptr<const Blob> blob_of(std::string_view text) { return Blob::adopt(make_blob(text)); }

TEST(Blob, AnUnsealedMemfdIsRejected) {
  Fd open(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  ASSERT_TRUE(write_at(open.get(), "text", 0));
  EXPECT_EQ(Blob::adopt(Fd(::dup(open.get()))), nullptr);
  ASSERT_EQ(::fcntl(open.get(), F_ADD_SEALS, F_SEAL_WRITE), 0);
  EXPECT_EQ(Blob::adopt(Fd(::dup(open.get()))), nullptr) << "it can be cut short under a reader";
  ASSERT_EQ(::fcntl(open.get(), F_ADD_SEALS, F_SEAL_SHRINK), 0);
  EXPECT_EQ(Blob::adopt(Fd(::dup(open.get()))), nullptr) << "it can grow beyond what can be mapped";
  ASSERT_EQ(::fcntl(open.get(), F_ADD_SEALS, F_SEAL_GROW), 0);
  EXPECT_EQ(Blob::adopt(Fd(::dup(open.get())), 3), nullptr) << "larger than the caller takes";
  const auto sealed = Blob::adopt(std::move(open));
  ASSERT_NE(sealed, nullptr);
  EXPECT_EQ(sealed->bytes(), "text");
  EXPECT_EQ(Blob::adopt(Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC))), nullptr);
}

TEST(Blob, I08_AMemfdWithUnallocatedPagesIsRejected) {
  Fd sparse(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  ASSERT_EQ(::ftruncate(sparse.get(), off_t{1} << 42), 0);
  ASSERT_TRUE(write_at(sparse.get(), "text", 0));
  ASSERT_EQ(::fcntl(sparse.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW), 0);
  EXPECT_EQ(Blob::adopt(std::move(sparse)), nullptr);
}

TEST(Blob, ABlobOfAFileIsReadInPlaceAndNeverSentToAnotherProcess) {
  const Fd file = unnamed_file();
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  ASSERT_TRUE(write_at(file.get(), "text", page));
  const auto blob = Blob::of_file(file.get(), page, 4);
  ASSERT_NE(blob, nullptr);
  EXPECT_EQ(blob->bytes(), "text");
  EXPECT_EQ(blob->fd(), -1);
  std::string bytes;
  Blobs blobs;
  const Type types[] = {Type::bytes};
  const Value values[] = {Value(Value::Kind::bytes, std::make_shared<BlobSlice>(blob, 0, 4))};
  encode_fields(types, values, bytes, &blobs);
  EXPECT_TRUE(blobs.empty());
  EXPECT_NE(bytes.find("text"), std::string::npos);
}

TEST(GrowingBlob, ContainsSeveralBuffersAndTheAppendedBytes) {
  GrowingBlob growing;
  std::uint64_t first_at = 0, second_at = 0, end_at = 0;
  Mapping first = growing.add(5000, first_at), second = growing.add(3, second_at);
  ASSERT_TRUE(first && second);
  std::memset(first.data(), 'a', first.size());
  std::memcpy(second.data(), "xyz", 3);
  first = {}, second = {};
  const auto blob = Blob::adopt(growing.seal("the end", end_at));
  ASSERT_NE(blob, nullptr);
  EXPECT_FALSE(growing);
  EXPECT_EQ(blob->bytes().substr(first_at, 5000), std::string(5000, 'a'));
  EXPECT_EQ(blob->bytes().substr(second_at, 3), "xyz");
  EXPECT_EQ(blob->bytes().substr(end_at), "the end");
}

TEST(GrowingBlob, ABlobWithAWritableMappingIsSentAsACopy) {
  GrowingBlob growing;
  std::uint64_t at = 0, end_at = 0;
  const Mapping kept = growing.add(4, at);
  ASSERT_TRUE(kept);
  std::memcpy(kept.data(), "then", 4);
  const auto blob = Blob::adopt(growing.seal("", end_at));
  ASSERT_NE(blob, nullptr);
  std::memcpy(kept.data(), "late", 4);
  EXPECT_EQ(blob->bytes().substr(at, 4), "then");
}

const std::vector<Type> kTypes = {Type::integer, Type::bytes, Type::text};

TEST(Fields, SharedValuesStayInTheirBlobs) {
  const auto one = blob_of("....payload...."), other = blob_of("text");
  const std::vector<Value> values = {std::int64_t{7}, Value(Value::Kind::bytes, std::make_shared<BlobSlice>(one, 4, 7)),
                                     Value(Value::Kind::text, std::make_shared<BlobSlice>(other, 0, 4))};
  std::string bytes;
  Blobs blobs;
  encode_fields(kTypes, values, bytes, &blobs);
  EXPECT_THAT(blobs, testing::ElementsAre(one, other));
  EXPECT_EQ(bytes.find("payload"), std::string::npos);

  const std::string_view lie_in[] = {one->bytes(), other->bytes()};
  std::vector<FieldView> views(3);
  ASSERT_TRUE(view_fields(kTypes, bytes, views, lie_in));
  EXPECT_EQ(views[1].bytes, "payload");
  EXPECT_EQ(views[1].bytes.data(), one->bytes().data() + 4);
  EXPECT_EQ(value_of(Type::bytes, views[1]), values[1]) << "a shared value equals one with bytes of its own";
  EXPECT_EQ(value_of(Type::bytes, views[1]), Value(Bytes{"payload"}));
  EXPECT_EQ(*value_of(Type::text, views[2], other)->as_text(), "text");

  std::string here, again;
  encode_views(kTypes, views, here);
  encode_views(kTypes, views, again, Elsewhere::stays);
  EXPECT_EQ(again, bytes);
  ASSERT_TRUE(view_fields(kTypes, here, views));
  EXPECT_EQ(views[1].bytes, "payload");
}

TEST(Fields, BytesOutsideOfEveryBlobAreRejected) {
  const auto blob = blob_of("0123456789");
  std::string bytes;
  Blobs blobs;
  encode_fields(
      kTypes, std::vector<Value>{nullptr, Value(Value::Kind::bytes, std::make_shared<BlobSlice>(blob, 2, 8)), nullptr},
      bytes, &blobs);
  std::vector<FieldView> views(3);
  const std::string_view whole[] = {blob->bytes()}, less[] = {blob->bytes().substr(0, 9)};
  EXPECT_TRUE(view_fields(kTypes, bytes, views, whole));
  EXPECT_FALSE(view_fields(kTypes, bytes, views, less));
  EXPECT_FALSE(view_fields(kTypes, bytes, views));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(view_fields(kTypes, std::string_view(bytes).substr(0, size), views, whole)) << size;
}

TEST(Fields, ValuesBeyondTheLimitOfBlobsAreCopied) {
  const std::vector<Type> types(kMaxBlobs + 2, Type::bytes);
  std::vector<Value> values;
  for (std::size_t i = 0; i < types.size(); ++i)
    values.emplace_back(Value::Kind::bytes, std::make_shared<BlobSlice>(blob_of("blob " + std::to_string(i)), 0, 6));
  std::string bytes;
  Blobs blobs;
  encode_fields(types, values, bytes, &blobs);
  EXPECT_EQ(blobs.size(), kMaxBlobs);
  std::vector<std::string_view> lie_in;
  for (const auto& blob : blobs) lie_in.push_back(blob->bytes());
  std::vector<FieldView> views(types.size());
  ASSERT_TRUE(view_fields(types, bytes, views, lie_in));
  for (std::size_t i = 0; i < types.size(); ++i) EXPECT_EQ(views[i].bytes, ("blob " + std::to_string(i)).substr(0, 6));
}

}  // namespace
}  // namespace ropewalk::board
