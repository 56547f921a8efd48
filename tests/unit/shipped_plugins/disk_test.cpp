// disk::Replacement alone: what exists at each moment.

#include "disk/replacement.hpp"
#include "unit/shipped_plugins/loaded.hpp"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <functional>

using testing::ElementsAre;
using testing::IsEmpty;

namespace {

/// Runs `deed` in a process that then exits with 0; returns the status from waitpid().
int status_of(const std::function<void()>& deed) {
  const pid_t child = fork();
  if (child == 0) {
    deed();
    _exit(0);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}

/// Imitates a file system without unnamed files.
void refuse_nameless_files() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[2])),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_TMPFILE & ~O_DIRECTORY, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{sizeof program / sizeof *program, program};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
    _exit(77);
}

/// Imitates a kernel before 5.6.
void refuse_openat2() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{sizeof program / sizeof *program, program};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
    _exit(77);
}

bool has_nameless_files(const Folder& folder) {
  const int fd = open(folder.path().c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  close(fd);
  return true;
}

TEST(DiskReplacement, IsInvisibleBeforeItIsInPlace) {
  const Folder folder;
  if (!has_nameless_files(folder)) GTEST_SKIP() << "the file system knows no files without a name";
  const std::filesystem::path path = folder / "f";
  disk::Replacement file(path);
  file.write("whole");
  EXPECT_THAT(names_in(folder), IsEmpty());
  file.move_into_place();
  EXPECT_THAT(names_in(folder), ElementsAre("f"));
  EXPECT_EQ(content_of(path), "whole");
}

TEST(DiskReplacement, AKilledProcessLeavesNothingBehind) {
  const Folder folder;
  if (!has_nameless_files(folder)) GTEST_SKIP() << "the file system knows no files without a name";
  const std::filesystem::path path = folder.make("f", "old");
  const int status = status_of([&] {
    disk::Replacement file(path);
    file.write("half");
    raise(SIGKILL);
  });
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_THAT(names_in(folder), ElementsAre("f"));
  EXPECT_EQ(content_of(path), "old");
}

TEST(DiskReplacement, HasATemporaryNameIfFilesMustHaveOne) {
  const Folder folder;
  const std::filesystem::path path = folder.make("f", "old");
  const int status = status_of([&] {
    refuse_nameless_files();
    disk::Replacement file(path);
    file.write("new");
    const std::vector<std::string> names = names_in(folder);
    if (names.size() != 2 || !names[0].starts_with(".ropewalk-") || content_of(path) != "old") _exit(1);
    file.move_into_place();
  });
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << "system calls cannot be refused here";
  EXPECT_EQ(status, 0);
  EXPECT_THAT(names_in(folder), ElementsAre("f"));
  EXPECT_EQ(content_of(path), "new");
}

TEST(DiskReplacement, IsRemovedWithItsOwnerEvenIfFilesMustHaveAName) {
  const Folder folder;
  const std::filesystem::path path = folder / "f";
  const int status = status_of([&] {
    refuse_nameless_files();
    disk::Replacement file(path);
    if (names_in(folder).size() != 1) _exit(1);
  });
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << "system calls cannot be refused here";
  EXPECT_EQ(status, 0);
  EXPECT_THAT(names_in(folder), IsEmpty());
}

TEST(DiskReplacement, BothWaysGiveTheSameModes) {
  const Folder folder;
  const mode_t before = umask(0027);
  const std::filesystem::path a = folder / "a", b = folder / "b";
  disk::Replacement(a, 0666).move_into_place();
  const int status = status_of([&] {
    refuse_nameless_files();
    disk::Replacement(b, 0666).move_into_place();
  });
  umask(before);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << "system calls cannot be refused here";
  EXPECT_EQ(std::filesystem::status(a).permissions(), std::filesystem::perms(0640));
  EXPECT_EQ(std::filesystem::status(b).permissions(), std::filesystem::perms(0640));
}

/// Returns the message of the constructor's exception; "" if there is none.
std::string refusal(const std::filesystem::path& path, disk::Links links = disk::Links::below) {
  try {
    disk::Replacement(path, 0666, links).move_into_place();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

TEST(DiskReplacement, ALinkAtADerivedNameIsNeverFollowed) {
  const Folder folder;
  folder.make("real", "old");
  const std::filesystem::path link = folder / "link";
  for (const char* target : {"real", "/dev/null", "nowhere"}) {
    std::filesystem::create_symlink(target, link);
    EXPECT_EQ(
        refusal(link, disk::Links::never),
        "cannot write '" + link.native() + "': it is a link, which is not followed, since nobody has named this file");
    std::filesystem::remove(link);
  }
  EXPECT_EQ(content_of(folder / "real"), "old");
  EXPECT_THAT(names_in(folder), ElementsAre("real"));
}

/// Creates links to targets outside and inside of `inner`, and checks their treatment.
void judge_links(const Folder& folder, const std::filesystem::path& inner) {
  const auto says = [&](const std::filesystem::path& target) {
    const std::filesystem::path link = inner / "link";
    std::filesystem::remove(link);
    std::filesystem::create_symlink(target, link);
    std::string text = refusal(link);
    const std::string begin = "cannot write '" + link.native() + "': ";
    return text.starts_with(begin) ? text.substr(begin.size()) : text;
  };
  const std::string out =
      "it is a link that leads out of its folder, to '" + (folder / "real").native() + "'; name that file itself";
  EXPECT_EQ(says("../real"), out);
  EXPECT_EQ(says(folder / "real"), out);
  EXPECT_EQ(says("up/real"), out);
  EXPECT_EQ(says("nowhere"), "it is a link that leads nowhere");
  EXPECT_EQ(says("deep"), "it is a folder");
  EXPECT_EQ(says("deep/file"), "");
  EXPECT_EQ(says(inner / "deep/file"), "");
  EXPECT_TRUE(std::filesystem::is_symlink(inner / "link"));
  EXPECT_EQ(content_of(folder / "real"), "old");
  EXPECT_EQ(content_of(inner / "deep/file"), "");
}

TEST(DiskReplacement, ALinkIsFollowedToAFileBelowItsFolderOnly) {
  const Folder folder;
  folder.make("real", "old");
  const std::filesystem::path inner = std::filesystem::canonical(folder.path()) / "inner";
  std::filesystem::create_directories(inner / "deep");
  folder.make("inner/deep/file", "old");
  std::filesystem::create_directory_symlink("..", inner / "up");
  judge_links(folder, inner);
  const int status = status_of([&] {
    refuse_openat2();
    judge_links(folder, inner);
    if (testing::Test::HasFailure()) _exit(1);
  });
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << "system calls cannot be refused here";
  EXPECT_EQ(status, 0) << "where the kernel has no openat2";
}

TEST(DiskReplacement, KeepsPermissionsAndOwnerWithoutSetuidAndSetgid) {
  const Folder folder;
  const std::filesystem::path path = folder.make("f", "old");
  if (geteuid() == 0) {
    ASSERT_EQ(chown(path.c_str(), 900'000'001, 900'000'002), 0);
  }
  ASSERT_EQ(chmod(path.c_str(), 06754), 0);
  disk::Replacement(path).move_into_place();
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0754u);
  if (geteuid() == 0) {
    EXPECT_EQ(status.st_uid, 900'000'001u);
    EXPECT_EQ(status.st_gid, 900'000'002u);
  }
}

}  // namespace
