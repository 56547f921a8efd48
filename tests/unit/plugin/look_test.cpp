#include "plugin/look.hpp"
#include "support/scratch.hpp"

#include <ropewalk/codes.hpp>

#include <gtest/gtest.h>

#include <elf.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/socket.h>

#include <cstring>

namespace ropewalk {
namespace {

using test::Scratch;

/// "code message", or "good".
std::string verdict(const std::filesystem::path& file) {
  const Result<PluginLook> look = look_at_plugin(file, SIM_PLUGIN);
  if (look) return "good";
  return look.error().list.at(0).code + " " + look.error().list.at(0).message;
}
std::string refused(const char* code, const std::filesystem::path& file, const std::string& why) {
  return std::string(code) + " plugin " + file.string() + " is refused: " + why;
}

TEST(Look, APluginThatShipsIsGood) { EXPECT_EQ(verdict(SIM_PLUGIN), "good"); }

TEST(Look, L01_EveryTruncationIsRefusedWithItsReason) {
  const Scratch scratch;
  const std::string whole = test::content(SIM_PLUGIN);
  ASSERT_GT(whole.size(), 4096u);
  // Every 64 bytes of the head, and then in strides that are no multiple of anything.
  std::size_t bad = 0;
  for (std::size_t size = 0; size < whole.size(); size += size < 8192 ? 64 : 4099) {
    const std::filesystem::path file = scratch.write("cut.so", whole.substr(0, size));
    const std::string said = verdict(file);
    if (said == "good") ++bad;
    EXPECT_TRUE(said.starts_with("P103") || said.starts_with("P104")) << size << ": " << said;
  }
  EXPECT_EQ(bad, 0u);
}

TEST(Look, L01_EmptyFilesAndTextAreNoLibraries) {
  const Scratch scratch;
  const auto empty = scratch.write("empty.so", ""), text = scratch.write("text.so", std::string(500, 'x'));
  EXPECT_EQ(verdict(empty), refused(codes::kPluginNotElf, empty, "it is empty"));
  EXPECT_EQ(verdict(text), refused(codes::kPluginNotElf, text, "it is not a shared library (no ELF header)"));
}

TEST(Look, L01_EveryFlippedByteOfTheHeadersIsReadWithoutHarm) {
  const Scratch scratch;
  const std::string whole = test::content(SIM_PLUGIN);
  for (std::size_t at = 0; at < 1024; at += 3) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(~damaged[at]);
    (void)verdict(scratch.write("flipped.so", damaged));
  }
}

TEST(Look, L02_WhatIsNoRegularFileIsRefusedAndDoesNotHang) {
  const Scratch scratch;
  ASSERT_EQ(::mkfifo((scratch / "fifo.so").c_str(), 0600), 0);
  std::filesystem::create_directory(scratch / "folder.so");
  std::filesystem::create_symlink("loop.so", scratch / "loop.so");
  EXPECT_EQ(verdict(scratch / "fifo.so"), refused(codes::kPluginNotAFile, scratch / "fifo.so", "it is a FIFO"));
  EXPECT_EQ(verdict(scratch / "folder.so"), refused(codes::kPluginNotAFile, scratch / "folder.so", "it is a folder"));
  EXPECT_EQ(verdict(scratch / "loop.so"), refused(codes::kPluginNotAFile, scratch / "loop.so", "it cannot be read: Too many levels of symbolic links"));
  EXPECT_EQ(verdict("/dev/zero"), refused(codes::kPluginNotAFile, "/dev/zero", "it is a device"));
  EXPECT_EQ(verdict(scratch / "none.so"), refused(codes::kPluginNotFound, scratch / "none.so", "it cannot be read: No such file or directory"));
}

TEST(Look, L03_AnotherMachineIsNamed) {
  const Scratch scratch;
  std::string whole = test::content(SIM_PLUGIN);
  const std::uint16_t machine = EM_AARCH64;
  std::memcpy(whole.data() + offsetof(Elf64_Ehdr, e_machine), &machine, sizeof machine);
  const auto file = scratch.write("arm.so", whole);
  EXPECT_EQ(verdict(file), refused(codes::kPluginMachine, file, "it is built for aarch64, this is x86-64"));
}

TEST(Look, L11_AnExecutableStackIsRefused) {
  const Scratch scratch;
  std::string whole = test::content(SIM_PLUGIN);
  Elf64_Ehdr head;
  std::memcpy(&head, whole.data(), sizeof head);
  bool patched = false;
  for (unsigned i = 0; i < head.e_phnum; ++i) {
    char* at = whole.data() + head.e_phoff + i * sizeof(Elf64_Phdr);
    Elf64_Phdr segment;
    std::memcpy(&segment, at, sizeof segment);
    if (segment.p_type != PT_GNU_STACK) continue;
    segment.p_flags |= PF_X;
    std::memcpy(at, &segment, sizeof segment);
    patched = true;
  }
  ASSERT_TRUE(patched);
  const auto file = scratch.write("stack.so", whole);
  EXPECT_EQ(verdict(file), refused(codes::kPluginUnsafe, file, "it asks for an executable stack"));
}

TEST(Look, L08_WhatEverybodyMayChangeIsRefused) {
  const Scratch scratch;
  const std::string whole = test::content(SIM_PLUGIN);
  const auto file = scratch.write("sim.so", whole);
  ASSERT_EQ(::chmod(file.c_str(), 0666), 0);
  EXPECT_EQ(verdict(file), refused(codes::kPluginUntrusted, file, "everybody may write to it"));
  ASSERT_EQ(::chmod(file.c_str(), 0644), 0);
  EXPECT_EQ(verdict(file), "good") << "/tmp is writable for all, but sticky";
  ASSERT_EQ(::chmod(scratch.path().c_str(), 0777), 0);
  EXPECT_EQ(verdict(file), refused(codes::kPluginUntrusted, file, "everybody may write to the folder " + scratch.path().string()));
  ASSERT_EQ(::chmod(scratch.path().c_str(), 01777), 0);
  EXPECT_EQ(verdict(file), "good");
}

TEST(Look, L08_AGroupThatMayWriteIsOnlyAWarning) {
  const Scratch scratch;
  const auto file = scratch.write("sim.so", test::content(SIM_PLUGIN));
  ASSERT_EQ(::chmod(file.c_str(), 0664), 0);
  const Result<PluginLook> look = look_at_plugin(file, SIM_PLUGIN);
  ASSERT_TRUE(look);
  EXPECT_EQ(look->warnings.size(), 1u);
}

TEST(Look, TheIdentityChangesWithTheFile) {
  const Scratch scratch;
  const auto file = scratch.write("sim.so", test::content(SIM_PLUGIN));
  const std::string before = look_at_plugin(file, SIM_PLUGIN).value().identity;
  EXPECT_EQ(look_at_plugin(file, SIM_PLUGIN).value().identity, before);
  std::filesystem::remove(file);
  scratch.write("other", "takes the inode");
  scratch.write("sim.so", test::content(SIM_PLUGIN));
  EXPECT_NE(look_at_plugin(file, SIM_PLUGIN).value().identity, before);
}

}  // namespace
}  // namespace ropewalk
