#include <ropewalk/kept_output.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace ropewalk {
namespace {

constexpr OutputStream kOut = OutputStream::out, kErr = OutputStream::err;

/// "out:text|err:text|...", with the number of bytes left out before a piece.
std::string shown(const KeptOutput& output) {
  std::string all;
  for (const KeptOutput::Piece& piece : output.pieces()) {
    if (!all.empty()) all += '|';
    all.append(stream_name(piece.stream)).append(":");
    if (piece.left_out != 0) all += "(" + std::to_string(piece.left_out) + ")";
    all += piece.text;
  }
  return all;
}

/// Bytes that identify their position.
std::string stretch(std::uint64_t from, std::uint64_t to) {
  std::string text;
  for (std::uint64_t at = from; at < to; ++at) text += static_cast<char>('a' + at * 7 % 26);
  return text;
}

TEST(KeptOutput, PiecesStayInTheOrderOfArrival) {
  KeptOutput output;
  EXPECT_TRUE(output.empty());
  output.add(kOut, "one ");
  output.add(kOut, "two\n");
  output.add(kErr, "bad\n");
  output.add(kOut, "three\n");
  output.add(OutputStream::process, "own\n");
  EXPECT_FALSE(output.empty());
  EXPECT_EQ(shown(output), "stdout:one two\n|stderr:bad\n|stdout:three\n|output:own\n");
  EXPECT_EQ(output.of(kOut).head, "one two\nthree\n");
  EXPECT_TRUE(output.of(kOut).whole());
  EXPECT_EQ(output.bytes(kErr), 4u);
}

TEST(KeptOutput, HeadAndTailOfALongStreamAreKeptForAnySplitIntoPieces) {
  constexpr std::uint64_t kAll = 300'000;
  for (const std::uint64_t piece :
       {std::uint64_t{1}, std::uint64_t{1000}, std::uint64_t{16384}, std::uint64_t{100'000}, kAll}) {
    KeptOutput output;
    for (std::uint64_t at = 0; at < kAll; at += piece) {
      output.add(kOut, stretch(at, std::min(at + piece, kAll)));
      if (piece > 1 || at % 1000 == 0) output.add(kErr, "e");
    }
    const KeptStream out = output.of(kOut);
    EXPECT_EQ(out.bytes, kAll) << piece;
    EXPECT_EQ(out.head, stretch(0, KeptOutput::kHead)) << piece;
    EXPECT_EQ(out.tail, stretch(kAll - KeptOutput::kTail, kAll)) << piece;
    EXPECT_FALSE(out.whole());
    EXPECT_TRUE(output.of(kErr).whole()) << piece;
    std::uint64_t left_out = 0, kept = 0;
    for (const KeptOutput::Piece& each : output.pieces())
      if (each.stream == kOut) left_out += each.left_out, kept += each.text.size();
    EXPECT_EQ(left_out + kept, kAll) << piece;
  }
}

TEST(KeptOutput, GapsCountAsWrittenAndALaterPieceFillsThem) {
  constexpr std::uint64_t kAll = 500'000;
  KeptOutput output;
  output.put(kOut, 0, stretch(0, 40'000));
  output.put(kOut, 200'000, stretch(200'000, 208'000));
  output.put(kOut, kAll - 8000, stretch(kAll - 8000, kAll));
  EXPECT_EQ(output.bytes(kOut), kAll);
  output.put(kOut, kAll - KeptOutput::kTail, stretch(kAll - KeptOutput::kTail, kAll));
  const KeptStream out = output.of(kOut);
  EXPECT_EQ(out.bytes, kAll);
  EXPECT_EQ(out.head, stretch(0, KeptOutput::kHead));
  EXPECT_EQ(out.tail, stretch(kAll - KeptOutput::kTail, kAll));
}

TEST(KeptOutput, RepeatedBytesAreKeptOnce) {
  KeptOutput output;
  output.put(kOut, 0, stretch(0, 20'000));
  output.put(kOut, 10'000, stretch(10'000, 50'000));
  output.put(kOut, 30'000, stretch(30'000, 50'000));
  output.put(kOut, 0, stretch(0, 50'000));
  const KeptStream out = output.of(kOut);
  EXPECT_EQ(out.bytes, 50'000u);
  EXPECT_EQ(out.head + out.tail, stretch(0, 50'000));
  EXPECT_TRUE(out.whole());
}

TEST(KeptOutput, AnAbsurdOffsetUsesNoMemory) {
  KeptOutput output;
  output.put(kOut, std::uint64_t{1} << 60, "far");
  EXPECT_EQ(output.bytes(kOut), (std::uint64_t{1} << 60) + 3);
  EXPECT_EQ(shown(output), "stdout:(1152921504606846976)far");
}

}  // namespace
}  // namespace ropewalk
