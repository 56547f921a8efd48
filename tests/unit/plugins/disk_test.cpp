// disk::Replacement by itself: what is there at each moment.

#include "disk/replacement.hpp"
#include "unit/plugins/loaded.hpp"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <functional>

using testing::ElementsAre;
using testing::IsEmpty;

namespace {

/// The status, as waitpid() gives it, of a process that does this and then exits with 0.
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

/// As on a file system without nameless files.
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
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) _exit(77);
}

bool has_nameless_files(const Folder& folder) {
  const int fd = open(folder.path().c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  close(fd);
  return true;
}

TEST(DiskReplacement, IsNotSeenBeforeItIsInPlace) {
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

TEST(DiskReplacement, AProcessThatIsKilledLeavesNothingOfIt) {
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

TEST(DiskReplacement, HasANameBesideItsPlaceWhereFilesMustHaveOne) {
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

TEST(DiskReplacement, IsGoneWithItsOwnerWhereFilesMustHaveANameToo) {
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

}  // namespace
