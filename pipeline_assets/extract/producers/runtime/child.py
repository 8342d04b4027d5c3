"""A program of its own: shut itself in, import one module, and tell what the module holds.

It is started with the interpreter alone (no site packages) and knows nothing of this package. Two processes take part:
the keeper builds the sandbox, waits, and kills whatever is left; the inmate, its child, imports. What the keeper says
comes over a pipe that the inmate does not have, so no module can claim to be shut in when it is not.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import json
import os
import resource
import signal
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

NEW_NAMESPACES = {"filesystem": 0x00020000, "network": 0x40000000, "processes": 0x20000000, "ipc": 0x08000000}
NEW_USER = 0x10000000
RDONLY, NOSUID, NODEV, NOEXEC, BIND, MOVE, RECURSIVE, PRIVATE = 1, 2, 4, 8, 4096, 8192, 16384, 1 << 18
AT_FDCWD, AT_RECURSIVE, MOUNT_SETATTR = -100, 0x8000, 442
SET_DEATH_SIGNAL, SET_DUMPABLE, SET_NO_NEW_PRIVILEGES, SET_SUBREAPER = 1, 4, 38, 36
CAPABILITIES_VERSION = 0x20080522
NOBODY = 65534
DEVICES = ("null", "zero", "random", "urandom")
SYSTEM_FOLDERS = ("/usr", "/lib", "/lib64")
INSIDE, WRITABLE = "/repository", "/temporary"
"""Where the module finds the sources, and where it can write: nothing it says depends on where they really are."""
TEMPORARY_BYTES = 64 << 20

libc = ctypes.CDLL(None, use_errno=True)


class TimeIsUp(Exception):
    """The module took too long."""


def main(spec: dict[str, Any]) -> None:
    """Build the sandbox and let a keeper in."""
    inspection = _load(Path(__file__).with_name("inspection.py"))
    sandbox = build_sandbox(spec) if spec["namespaces"] else dict.fromkeys(NEW_NAMESPACES, "switched off")
    keeper = os.fork()  # the first process in the new namespace: when it ends, the kernel ends all the others
    if keeper == 0:
        libc.prctl(SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
        keep(spec, sandbox, inspection)
    os.waitpid(keeper, 0)


def _load(path: Path) -> ModuleType:
    found = importlib.util.spec_from_file_location("_inspection", path)
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


# -- the keeper


def keep(spec: dict[str, Any], sandbox: dict[str, str], inspection: ModuleType) -> None:
    """Start the inmate, wait for it to end, or end it."""
    control = spec["control"]
    with contextlib.suppress(OSError):
        libc.prctl(SET_SUBREAPER, 1, 0, 0, 0)
    processes = None if not sandbox["processes"] else os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
    inmate = os.fork()
    if inmate == 0:
        serve(spec, sandbox, inspection, processes)
    os.close(spec["channel"])
    signal.signal(signal.SIGALRM, _raise_time_is_up)
    signal.setitimer(signal.ITIMER_REAL, spec["seconds"])
    try:
        say(control, **_await(inmate))
    except TimeIsUp:
        os.kill(inmate, signal.SIGKILL)
        say(control, end="timeout")
    if processes is not None:
        _kill_the_rest(processes)
    os._exit(0)


def say(control: int, **what: Any) -> None:
    """Tell the parent."""
    os.write(control, json.dumps(what).encode() + b"\n")


def _await(inmate: int) -> dict[str, Any]:
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == inmate:
            signal.setitimer(signal.ITIMER_REAL, 0)
            code = os.waitstatus_to_exitcode(status)
            return {"end": "signal" if code < 0 else "exit", "code": abs(code)}


def _kill_the_rest(processes: int) -> None:
    """Kill what the inmate left running, where the kernel will not: whatever loses its parent becomes our child."""
    for _ in range(1000):
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        for pid in _children(processes):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)


def _children(processes: int) -> list[int]:
    found = []
    for name in filter(str.isdigit, os.listdir(processes)):
        with contextlib.suppress(OSError):
            stat = os.open(f"{name}/stat", os.O_RDONLY, dir_fd=processes)
            parent = os.read(stat, 4096).rpartition(b")")[2].split()[1]
            os.close(stat)
            found += [int(name)] if int(parent) == os.getpid() else []
    return found


def _raise_time_is_up(*_: object) -> None:
    raise TimeIsUp


# -- the sandbox


def build_sandbox(spec: dict[str, Any]) -> dict[str, str]:
    """Shut this process, or its children, in; by what could be done: nothing, or why it could not."""
    problems = dict.fromkeys(NEW_NAMESPACES, "")
    if os.getuid() == 0 and libc.unshare(NEW_NAMESPACES["ipc"]):
        _become_nobody(spec["source"])  # a superuser in name only: what follows is open to any user
    if os.getuid() != 0:
        identity = os.getuid(), os.getgid()
        refusal = _attempt(libc.unshare, NEW_USER)
        if refusal:
            return dict.fromkeys(NEW_NAMESPACES, refusal)
        _map_user(*identity)
    for name, flag in NEW_NAMESPACES.items():
        problems[name] = _attempt(libc.unshare, flag)
    if not problems["filesystem"]:
        try:
            _enter_new_root(Path(spec["root"]), Path(spec["source"]))
            spec["source"], spec["temporary"] = INSIDE, WRITABLE
        except OSError as error:
            problems["filesystem"] = str(error.strerror)
    return problems


def _map_user(user: int, group: int) -> None:
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with contextlib.suppress(OSError):
            Path("/proc/self", name).write_text(text)


def _enter_new_root(root: Path, source: Path) -> None:
    """A root that holds the interpreter, the system's libraries and the sources, all of it read-only."""
    os.umask(0o022)
    _mount(None, "/", None, RECURSIVE | PRIVATE)
    _mount("tmpfs", root, "tmpfs", NOSUID | NODEV, "size=1m,mode=755")
    shown: list[Path] = []
    for folder in map(Path, (*SYSTEM_FOLDERS, sys.base_prefix, sys.base_exec_prefix)):
        if folder.is_symlink() and folder.parent == Path("/"):
            _at(root, folder).symlink_to(folder.readlink())
        elif folder.is_dir() and not any(folder.is_relative_to(other) for other in shown):
            _show(root, folder, folder)
            shown.append(folder)
    _show(root, source, Path(INSIDE))
    _at(root, Path("/dev")).mkdir(exist_ok=True)
    for name in DEVICES:
        _at(root, Path("/dev", name)).touch()
        _mount(Path("/dev", name), _at(root, Path("/dev", name)), None, BIND)
    _at(root, Path(WRITABLE)).mkdir()
    _mount("tmpfs", _at(root, Path(WRITABLE)), "tmpfs", NOSUID | NODEV, f"size={TEMPORARY_BYTES},mode=1777")
    with contextlib.suppress(FileExistsError):  # an interpreter may be below it
        _at(root, Path("/tmp")).symlink_to(WRITABLE)
    os.chdir(root)
    _mount(".", "/", None, MOVE)
    os.chroot(".")
    os.chdir(WRITABLE)
    _restrict(Path("/"), 0)


def _show(root: Path, folder: Path, place: Path) -> None:
    """Make a folder visible at a place below the new root, read-only."""
    _at(root, place).mkdir(parents=True, exist_ok=True)
    _mount(folder, _at(root, place), None, BIND | RECURSIVE)
    _restrict(_at(root, place), AT_RECURSIVE)


def _at(root: Path, place: Path) -> Path:
    return root / place.relative_to("/")


def _mount(what: object, where: object, kind: str | None, flags: int, data: str | None = None) -> None:
    spelled = [None if text is None else os.fsencode(str(text)) for text in (what, where, kind, data)]
    if libc.mount(spelled[0], spelled[1], spelled[2], ctypes.c_ulong(flags), spelled[3]):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(where))


def _restrict(place: Path, flags: int) -> None:
    attributes = (ctypes.c_uint64 * 4)(RDONLY | NOSUID | (NODEV if flags else 0), 0, 0, 0)
    path = ctypes.c_char_p(os.fsencode(place))
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    if libc.syscall(MOUNT_SETATTR, AT_FDCWD, path, flags, ctypes.byref(attributes), size):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(place))


def _attempt(call: Any, *arguments: int) -> str:
    return os.strerror(ctypes.get_errno()) if call(*arguments) else ""


# -- the inmate


def serve(spec: dict[str, Any], sandbox: dict[str, str], inspection: ModuleType, processes: int | None) -> None:
    """Give up every right, import the module and write what it holds."""
    try:
        refusal = _drop_privileges(spec["source"])
        say(spec["control"], sandbox=sandbox, **({"refusal": refusal} if refusal else {}))
        os.close(spec["control"])
        if refusal:
            os._exit(1)
        _limit(spec["limits"])
        if processes is not None:
            os.close(processes)
        os.environ.update(HOME=spec["temporary"], TMPDIR=spec["temporary"])
        os.chdir(spec["temporary"])
        inspection.write(spec["channel"], spec["source"], spec["module"], spec["most"])
    finally:
        os._exit(1)  # whoever writes a report ends the process with 0


def _drop_privileges(source: str) -> str:
    """Give up every right for good; returns why the superuser could not become somebody else."""
    problem = "" if os.getuid() else _become_nobody(source)
    libc.prctl(SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    libc.capset(ctypes.byref((ctypes.c_uint32 * 2)(CAPABILITIES_VERSION, 0)), ctypes.byref((ctypes.c_uint32 * 6)()))
    libc.prctl(SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    return problem


def _become_nobody(source: str) -> str:
    """Become a user without rights, if that one can read the interpreter and the sources; returns why not."""
    try:
        os.setgroups([])
        os.setegid(NOBODY)
        os.seteuid(NOBODY)
        can_read = all(os.access(path, os.R_OK, effective_ids=True) for path in (source, os.__file__))
        os.seteuid(0)
        if not can_read:
            os.setegid(0)
            return "another user could not read the interpreter or the sources"
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        libc.prctl(SET_DUMPABLE, 1, 0, 0, 0)  # its own files in /proc belong to it again
    except OSError as error:
        return str(error.strerror)
    return ""


def _limit(limits: dict[str, int]) -> None:
    for name, value in limits.items():
        kind = getattr(resource, f"RLIMIT_{name}")
        allowed = resource.getrlimit(kind)[1]
        value = value if allowed == resource.RLIM_INFINITY else min(value, allowed)
        resource.setrlimit(kind, (value, value))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
