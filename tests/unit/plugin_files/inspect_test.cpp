#include "plugin_files/identity.hpp"
#include "plugin_files/inspect.hpp"
#include "support/scratch.hpp"

#include <ropewalk/codes.hpp>

#include <gtest/gtest.h>

#include <elf.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <string_view>

namespace ropewalk {
namespace {

using test::Scratch;

/// "code message", or "good".
std::string verdict(const std::filesystem::path& file) {
  const Result<PluginInspection> look = inspect_plugin(file, SIM_PLUGIN);
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
  EXPECT_EQ(verdict(scratch / "loop.so"), refused(codes::kPluginNotAFile, scratch / "loop.so",
                                                  "it cannot be read: Too many levels of symbolic links"));
  EXPECT_EQ(verdict("/dev/zero"), refused(codes::kPluginNotAFile, "/dev/zero", "it is a device"));
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  std::strncpy(address.sun_path, (scratch / "socket.so").c_str(), sizeof address.sun_path - 1);
  const int bound = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::bind(bound, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(verdict(scratch / "socket.so"), refused(codes::kPluginNotAFile, scratch / "socket.so", "it is a socket"));
  ::close(bound);
  EXPECT_EQ(verdict(scratch / "none.so"),
            refused(codes::kPluginNotFound, scratch / "none.so", "it cannot be read: No such file or directory"));
}

/// A plugin can name any path as a library, also that of a device which does something as soon as it is opened.
TEST(Look, L02_NothingButRegularFilesIsOpened) {
  const Scratch scratch;
  ASSERT_EQ(::mkfifo((scratch / "fifo.so").c_str(), 0600), 0);
  ASSERT_EQ(::mkfifo((scratch / "libshelf.so").c_str(), 0600), 0);
  std::string whole = test::content(FOLDERS_PLUGIN);
  const std::size_t at = whole.find("/written/over/by/a/test"), begin = whole.rfind('\0', at) + 1,
                    end = whole.find('\0', at);
  whole.replace(begin, end - begin, "$ORIGIN" + std::string(end - begin - 7, '\0'));
  const auto file = scratch.write("folders.so", whole);
  const int events = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  ASSERT_GE(::inotify_add_watch(events, scratch.path().c_str(), IN_OPEN), 0);
  EXPECT_EQ(verdict(file), "good");
  EXPECT_NE(verdict(scratch / "fifo.so"), "good");
  alignas(inotify_event) char block[4096];
  std::string opened;
  for (ssize_t got; (got = ::read(events, block, sizeof block)) > 0;)
    for (ssize_t next = 0; next < got;) {
      const auto* event = reinterpret_cast<const inotify_event*>(block + next);
      if (event->len != 0) opened += std::string(event->name) + "\n";
      next += static_cast<ssize_t>(sizeof *event + event->len);
    }
  ::close(events);
  EXPECT_EQ(opened, "folders.so\n");
}

TEST(Look, L03_AnotherMachineIsNamed) {
  const Scratch scratch;
  const std::string whole = test::content(SIM_PLUGIN);
  const auto with = [&](std::size_t at, std::string_view bytes) {
    return scratch.write("other.so", std::string(whole).replace(at, bytes.size(), bytes));
  };
  const std::uint16_t machine = EM_AARCH64;
  auto file = with(offsetof(Elf64_Ehdr, e_machine), {reinterpret_cast<const char*>(&machine), sizeof machine});
  EXPECT_EQ(verdict(file), refused(codes::kPluginMachine, file, "it is built for aarch64, this is x86-64"));
  file = with(EI_CLASS, std::string(1, ELFCLASS32));
  EXPECT_EQ(verdict(file),
            refused(codes::kPluginMachine, file, "it is built for a 32-bit machine, this one has 64 bits"));
  file = with(EI_DATA, std::string(1, ELFDATA2MSB));
  EXPECT_EQ(verdict(file), refused(codes::kPluginMachine, file, "it is built for a big-endian machine"));
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

/// Calls `change` with each entry of the dynamic section, and writes them back.
template <class Change>
void change_entries(std::string& whole, Change change) {
  Elf64_Ehdr head;
  std::memcpy(&head, whole.data(), sizeof head);
  for (unsigned i = 0; i < head.e_phnum; ++i) {
    Elf64_Phdr segment;
    std::memcpy(&segment, whole.data() + head.e_phoff + i * sizeof segment, sizeof segment);
    if (segment.p_type != PT_DYNAMIC) continue;
    for (std::size_t at = 0; at < segment.p_filesz; at += sizeof(Elf64_Dyn)) {
      Elf64_Dyn entry;
      std::memcpy(&entry, whole.data() + segment.p_offset + at, sizeof entry);
      change(entry);
      std::memcpy(whole.data() + segment.p_offset + at, &entry, sizeof entry);
    }
  }
}

TEST(Look, L11_CodeThatIsWrittenToWhileItIsLoadedIsRefused) {
  const Scratch scratch;
  for (const bool in_flags : {false, true}) {
    std::string whole = test::content(SIM_PLUGIN);
    bool patched = false;
    change_entries(whole, [&](Elf64_Dyn& entry) {
      if (entry.d_tag != DT_RELACOUNT) return;
      entry = in_flags ? Elf64_Dyn{DT_FLAGS, {DF_TEXTREL}} : Elf64_Dyn{DT_TEXTREL, {0}};
      patched = true;
    });
    ASSERT_TRUE(patched);
    const auto file = scratch.write("writes.so", whole);
    EXPECT_EQ(verdict(file),
              refused(codes::kPluginUnsafe, file, "its code would be writable while it is loaded (text relocations)"));
  }
}

/// A plugin that looks for libraries there.
std::filesystem::path looks_in(const Scratch& scratch, const std::string& folders, Elf64_Sxword tag = DT_RUNPATH) {
  std::string whole = test::content(FOLDERS_PLUGIN);
  const std::size_t at = whole.find("/written/over/by/a/test");
  const std::size_t begin = whole.rfind('\0', at) + 1, end = whole.find('\0', at);
  EXPECT_LT(folders.size(), end - begin);
  whole.replace(begin, end - begin, folders + std::string(end - begin - folders.size(), '\0'));
  change_entries(whole, [&](Elf64_Dyn& entry) {
    if (entry.d_tag == DT_RUNPATH || entry.d_tag == DT_RPATH) entry.d_tag = tag;
  });
  return scratch.write("folders.so", whole);
}

TEST(Look, L10_FoldersForLibrariesThatSomebodyElseCouldFillAreRefused) {
  const Scratch scratch;
  const std::filesystem::path open = scratch / "open", sticky = scratch / "sticky";
  for (const auto& [folder, mode] : {std::pair(open, 0777), std::pair(sticky, 01777)}) {
    std::filesystem::create_directory(folder);
    ASSERT_EQ(::chmod(folder.c_str(), static_cast<mode_t>(mode)), 0);
  }
  std::filesystem::create_directory(sticky / "mine");
  std::filesystem::create_directory_symlink(open, scratch / "link");
  const std::pair<std::string, std::string> cases[] = {
      {"", "an empty entry"},
      {":/usr/lib", "an empty entry"},
      {"/usr/lib:", "an empty entry"},
      {"/usr/lib::/usr/lib64", "an empty entry"},
      {"lib", "a relative folder"},
      {"/usr/lib:./lib", "a relative folder"},
      {"..", "a relative folder"},
      {"$LIB/x", "a variable other than $ORIGIN"},
      {"/usr/$PLATFORM", "a variable other than $ORIGIN"},
      {"$ORIGINAL/lib", "a variable other than $ORIGIN"},
      {open.string(), "everybody may write to " + open.string()},
      {(open / "none").string(), "everybody may write to " + open.string()},
      {(scratch / "link").string(), "everybody may write to " + open.string()},
      {sticky.string(), "everybody may write to " + sticky.string()},
      {(sticky / "none").string(), "everybody may write to " + sticky.string()},
      {"$ORIGIN/open", "everybody may write to " + open.string()},
      {"${ORIGIN}/lib/../open", "everybody may write to " + open.string()},
  };
  for (const auto& [folders, why] : cases) {
    for (const auto& [tag, name] : {std::pair(DT_RUNPATH, "RUNPATH"), std::pair(DT_RPATH, "RPATH")}) {
      const auto file = looks_in(scratch, folders, tag);
      EXPECT_EQ(verdict(file), refused(codes::kPluginUnsafe, file,
                                       "it looks for libraries in '" + folders + "', its " + name + ": " + why));
    }
  }
  for (const std::string& folders : {std::string("/usr/lib"), (sticky / "mine").string(), (scratch / "none").string()})
    EXPECT_EQ(verdict(looks_in(scratch, folders)), "good") << folders;
}

TEST(Look, L10_OriginIsTheFolderOfThePlugin) {
  const Scratch scratch;
  for (const char* folders : {"$ORIGIN", "${ORIGIN}", "$ORIGIN/lib", "$ORIGIN/lib/../other:/usr/lib"})
    EXPECT_EQ(verdict(looks_in(scratch, folders)), "good") << folders;
}

TEST(Look, L10_ALibraryThatIsNeededByARelativePathIsRefused) {
  const Scratch scratch;
  std::string whole = test::content(FOLDERS_PLUGIN);
  for (std::size_t at = whole.find("libshelf.so"); at != std::string::npos; at = whole.find("libshelf.so", at))
    whole.replace(at, 11, "./ashelf.so");
  const auto file = scratch.write("needs.so", whole);
  EXPECT_EQ(verdict(file), refused(codes::kPluginUnsafe, file,
                                   "it needs the library './ashelf.so', a path from wherever ropewalk is started"));
}

TEST(Look, L10_EveryFlippedByteOfTheDynamicSectionIsReadWithoutHarm) {
  const Scratch scratch;
  std::string whole = test::content(FOLDERS_PLUGIN);
  std::size_t entries = 0;
  change_entries(whole, [&](Elf64_Dyn&) { ++entries; });
  ASSERT_GT(entries, 5u);
  for (std::size_t flipped = 0; flipped < entries * sizeof(Elf64_Dyn); ++flipped) {
    std::string damaged = whole;
    std::size_t at = 0;
    change_entries(damaged, [&](Elf64_Dyn& entry) {
      if (flipped / sizeof entry == at++) reinterpret_cast<unsigned char*>(&entry)[flipped % sizeof entry] ^= 0xffu;
    });
    const std::string said = verdict(scratch.write("flipped.so", damaged));
    EXPECT_TRUE(said == "good" || said.starts_with("P104") || said.starts_with("P109")) << flipped << ": " << said;
  }
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
  EXPECT_EQ(verdict(file),
            refused(codes::kPluginUntrusted, file, "everybody may write to the folder " + scratch.path().string()));
  ASSERT_EQ(::chmod(scratch.path().c_str(), 01777), 0);
  EXPECT_EQ(verdict(file), "good");
}

TEST(Look, L08_L09_ALinkIsAsGoodAsBothItsEnds) {
  const Scratch scratch;
  const std::filesystem::path open = scratch / "open", closed = scratch / "closed";
  for (const auto& folder : {open, closed}) {
    std::filesystem::create_directory(folder);
    scratch.write(folder.filename().string() + "/sim.so", test::content(SIM_PLUGIN));
    std::filesystem::create_symlink(scratch / (folder == open ? "closed" : "open") / "sim.so", folder / "link.so");
  }
  ASSERT_EQ(::chmod(open.c_str(), 0777), 0);
  EXPECT_EQ(verdict(closed / "sim.so"), "good");
  for (const auto& file : {open / "link.so", closed / "link.so", open / "../open/sim.so"})
    EXPECT_EQ(verdict(file),
              refused(codes::kPluginUntrusted, file, "everybody may write to the folder " + open.string()));
}

TEST(Look, L08_AFileOfSomebodyElseIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to give a file to somebody else";
  const Scratch scratch;
  const auto file = scratch.write("sim.so", test::content(SIM_PLUGIN));
  ASSERT_EQ(::chown(file.c_str(), 900'000'001, 0), 0);
  EXPECT_EQ(verdict(file), refused(codes::kPluginUntrusted, file,
                                   "it belongs to user 900000001, who is neither you, root nor the owner of ropewalk"));
  const auto program = scratch.write("ropewalk", "");
  ASSERT_EQ(::chown(program.c_str(), 900'000'001, 0), 0);
  EXPECT_TRUE(inspect_plugin(file, program)) << "who has installed the program may have installed plugins";
  std::filesystem::create_directory(scratch / "bin");
  ASSERT_EQ(::chown((scratch / "bin").c_str(), 900'000'001, 0), 0);
  EXPECT_TRUE(inspect_plugin(file, scratch.write("bin/ropewalk", ""))) << "who may replace the program";
}

TEST(Look, L08_AFolderOrALinkOfSomebodyElseOnTheWayIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to give files to somebody else";
  const Scratch scratch;
  const std::filesystem::path theirs = scratch / "theirs", real = std::filesystem::canonical(scratch.path());
  for (const auto& folder : {scratch / "mine", theirs, theirs / "mine"}) std::filesystem::create_directory(folder);
  for (const char* name : {"mine/sim.so", "theirs/sim.so", "theirs/mine/sim.so"})
    scratch.write(name, test::content(SIM_PLUGIN));
  std::filesystem::create_directory_symlink("theirs/mine", scratch / "way");
  std::filesystem::create_symlink("mine/sim.so", scratch / "link.so");
  ASSERT_EQ(::chown(theirs.c_str(), 900'000'001, 0), 0);
  const std::string who = " belongs to user 900000001, who is neither you, root nor the owner of ropewalk";
  for (const auto& file :
       {theirs / "sim.so", theirs / "mine/sim.so", scratch / "way/sim.so", theirs / "../mine/sim.so"})
    EXPECT_EQ(verdict(file), refused(codes::kPluginUntrusted, file, "the folder " + (real / "theirs").string() + who));
  EXPECT_EQ(verdict(scratch / "link.so"), "good");
  ASSERT_EQ(::lchown((scratch / "link.so").c_str(), 900'000'001, 0), 0);
  EXPECT_EQ(verdict(scratch / "link.so"),
            refused(codes::kPluginUntrusted, scratch / "link.so", "the link " + (real / "link.so").string() + who));
  EXPECT_EQ(verdict(looks_in(scratch, "$ORIGIN/theirs/none")),
            refused(codes::kPluginUnsafe, scratch / "folders.so",
                    "it looks for libraries in '$ORIGIN/theirs/none', its RUNPATH: the folder " +
                        (real / "theirs").string() + who));
}

TEST(Look, L08_APathIsResolvedOnceAndEndsWithTheFileThatWasInspected) {
  const Scratch scratch;
  const auto file = scratch.write("sim.so", test::content(SIM_PLUGIN));
  std::filesystem::create_symlink("sim.so", scratch / "link.so");
  const PluginInspection look = inspect_plugin(scratch / "link.so", SIM_PLUGIN).value();
  std::filesystem::remove(scratch / "link.so");
  std::filesystem::create_symlink("/dev/null", scratch / "link.so");
  const auto image = copy_plugin(look, scratch / "link.so").value();
  ASSERT_NE(image, nullptr);
  std::string copied(image->bytes(), '\0');
  ASSERT_EQ(::pread(image->fd(), copied.data(), copied.size(), 0), static_cast<ssize_t>(copied.size()));
  EXPECT_TRUE(copied == test::content(file));
}

TEST(Look, L08_AGroupThatMayWriteIsOnlyAWarning) {
  const Scratch scratch;
  const auto file = scratch.write("sim.so", test::content(SIM_PLUGIN));
  ASSERT_EQ(::chmod(file.c_str(), 0664), 0);
  const Result<PluginInspection> look = inspect_plugin(file, SIM_PLUGIN);
  ASSERT_TRUE(look);
  EXPECT_EQ(look->warnings.size(), 1u);
}

TEST(Look, TheIdentityChangesWithTheFile) {
  const Scratch scratch;
  const auto file = scratch.write("sim.so", test::content(SIM_PLUGIN));
  const std::string before = inspect_plugin(file, SIM_PLUGIN).value().identity;
  EXPECT_EQ(inspect_plugin(file, SIM_PLUGIN).value().identity, before);
  std::filesystem::remove(file);
  scratch.write("other", "takes the inode");
  scratch.write("sim.so", test::content(SIM_PLUGIN));
  EXPECT_NE(inspect_plugin(file, SIM_PLUGIN).value().identity, before);
}

TEST(Look, TheIdentityChangesWithTheContentAlthoughSizeAndTimeStay) {
  const Scratch scratch;
  std::string content = test::content(SIM_PLUGIN);
  const auto file = scratch.write("sim.so", content);
  const auto time = std::filesystem::last_write_time(file);
  const std::string before = inspect_plugin(file, SIM_PLUGIN).value().identity;
  // The kernel's clock for files ticks a few hundred times a second.
  for (std::string now = before; now == before; now = inspect_plugin(file, SIM_PLUGIN).value().identity) {
    scratch.write("sim.so", content);
    std::filesystem::last_write_time(file, time);
  }
}

TEST(Look, L07_ACopyStaysAsItWasWhateverHappensToTheFile) {
  const Scratch scratch;
  const std::string content = test::content(SIM_PLUGIN);
  const auto file = scratch.write("sim.so", content);
  const PluginInspection look = inspect_plugin(file, SIM_PLUGIN).value();
  const auto image = copy_plugin(look, file).value();
  ASSERT_NE(image, nullptr);
  scratch.write("sim.so", "short");
  std::string copied(image->bytes(), '\0');
  ASSERT_EQ(::pread(image->fd(), copied.data(), copied.size(), 0), static_cast<ssize_t>(content.size()));
  EXPECT_TRUE(copied == content);
  EXPECT_LT(::pwrite(image->fd(), "x", 1, 0), 0);
  EXPECT_NE(::ftruncate(image->fd(), 0), 0);
  EXPECT_EQ(std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(image->fd())), "/memfd:sim.so (deleted)")
      << "what maps and debuggers show";
}

TEST(Look, L07_AFileThatChangesBeforeItIsCopiedIsRefused) {
  const Scratch scratch;
  const auto file = scratch.write("sim.so", test::content(SIM_PLUGIN));
  const PluginInspection look = inspect_plugin(file, SIM_PLUGIN).value();
  scratch.write("sim.so", "short");
  const auto image = copy_plugin(look, file);
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().list.front().code, codes::kPluginChanged);
}

TEST(Look, L10_APluginWithLibrariesBesideItIsNotCopied) {
  EXPECT_EQ(copy_plugin(inspect_plugin(FOLDERS_PLUGIN, SIM_PLUGIN).value(), FOLDERS_PLUGIN).value(), nullptr);
}

TEST(Look, L10_TheIdentityHasTheLibrariesThatThePluginBringsAlong) {
  const Scratch scratch;
  const std::filesystem::path built = std::filesystem::path(FOLDERS_PLUGIN).parent_path();
  std::filesystem::create_directory(scratch / "shelf");
  std::filesystem::copy_file(built / "with_library.so", scratch / "with_library.so");
  std::filesystem::copy_file(built / "shelf/libshelf.so", scratch / "shelf/libshelf.so");
  const auto identity = [&] { return inspect_plugin(scratch / "with_library.so", SIM_PLUGIN).value().identity; };
  const std::string before = identity();
  EXPECT_EQ(identity(), before);
  EXPECT_EQ(identity_now(scratch / "with_library.so"), before);
  std::filesystem::remove(scratch / "shelf/libshelf.so");
  EXPECT_NE(identity(), before);
}

}  // namespace
}  // namespace ropewalk
