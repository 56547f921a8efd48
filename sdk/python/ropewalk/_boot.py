# Becomes a host: INTERPRETER _boot.py SOCKET FILE ("copy" DESCRIPTOR | "file" IDENTITY) DESCRIPTORS VERSION.
# Every Python can read this file, so that one that is too old can be named.
import os
import sys


def keep_package_clean(folder):  # type: ignore[no-untyped-def]
    """What the system's packages have installed is not added to. It has what is compiled for the system's Python."""
    compiled = "%s/__pycache__/_boot.%s.pyc" % (folder, sys.implementation.cache_tag)
    if folder.startswith("/usr/lib/") and not os.path.exists(compiled):
        sys.dont_write_bytecode = True


def start():  # type: ignore[no-untyped-def]  # this file is also read by Python 2
    if sys.version_info < (3, 11):
        sys.stderr.write("%s is Python %d.%d, and Ropewalk needs Python 3.11 or newer; choose another interpreter\n" %
                         (sys.executable, sys.version_info[0], sys.version_info[1]))
        return 2
    folder = __file__.rpartition("/")[0]
    if sys.path and sys.path[0] == folder:
        del sys.path[0]
    keep_package_clean(folder)  # type: ignore[no-untyped-call]
    sys.path.insert(0, folder.rpartition("/")[0])
    import ropewalk
    from ropewalk import _host
    sys.path.append(sys.path.pop(0))  # for processes that a task starts, behind everything else
    if len(sys.argv) != 7:
        sys.stderr.write("this file runs the tasks of a Python plugin; ropewalk starts it by itself\n")
        return 2
    words, sys.argv[:] = sys.argv[1:], [sys.argv[2]]
    return _host.run(words)


if __name__ == "__main__":
    sys.exit(start())  # type: ignore[no-untyped-call]
