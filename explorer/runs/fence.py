"""What a process that reads a hostile file may still do: compute, read the programs' own files, and write into one folder.

Decided: the kernel's own fences, set by the process on itself before it looks at the file; each says whether it holds.
Because: whatever a broken decoder can be made to do, it can then neither reach other files or computers nor start programs.
Instead of: containers, which need rights that a teacher's computer does not give; and lists of what looks dangerous.

Source: landlock(7), seccomp(2), getrlimit(2) of the Linux manual pages. On other systems only the limits hold.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import struct
import sys
import sysconfig
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from explorer.errors import RunError
from explorer.experiment.record import Record

NO_NEW_PRIVS, SET_SECCOMP, FILTER = 38, 22, 2  # of prctl
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # calls of Landlock, the same on every processor
VERSION_ASKED, PATH_BENEATH = 1, 1
READ_FILE, READ_FOLDER = 1 << 2, 1 << 3
WRITE_FILE, REMOVE_FILE, MAKE_FILE, TRUNCATE = 1 << 1, 1 << 5, 1 << 8, 1 << 14
FILES_OF = (13, 14, 15, 15, 16)  # kinds of access to files that version 1, 2, 3, 4, 5 of Landlock knows of
NET_SINCE, NET, SCOPES_SINCE, SCOPES = 4, 3, 6, 3

LOAD, JUMP_EQUAL, JUMP_FROM, JUMP_SET, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # of the filter's own little language
ALLOW, REFUSE, UNKNOWN = 0x7FFF0000, 0x00050001, 0x00050026  # go on; "not permitted"; "there is no such call"
NUMBER_AT, MACHINE_AT, FIRST_ARGUMENT_AT = 0, 4, 16
CLONE_THREAD = 0x00010000
SAME_EVERYWHERE = (424, 425, 426, 427, 434, 438)  # pidfd_send_signal, io_uring, pidfd_open, pidfd_getfd
CLONE3 = 435


@dataclass(frozen=True)
class Machine:
    """Numbers of system calls on one processor.

    Attributes:
        audit: its name in the filter.
        clone: makes threads and processes; only threads are allowed.
        refused: making processes, running programs, sockets, signals, tracing, mounting, keys, counters, kernel modules.
        other_abi: number from which calls belong to another way of calling; 0 if there is none.
    """

    audit: int
    clone: int
    refused: tuple[int, ...]
    other_abi: int = 0


X86 = (57, 58, 59, 322, 41, 42, 43, 44, 46, 49, 50, 53, 288, 62, 200, 234, 101, 310, 311, 161, 155, 165, 166, 272, 308)
X86_MORE = (321, 248, 249, 250, 298, 323, 175, 313, 176, 246, 169, 167, 168)
ARM = (221, 281, 198, 199, 200, 201, 202, 203, 206, 211, 242, 129, 130, 131, 117, 270, 271, 51, 41, 40, 39, 97, 268)
ARM_MORE = (280, 217, 218, 219, 241, 282, 105, 273, 106, 104, 142)
MACHINES = {"x86_64": Machine(0xC000003E, 56, X86 + X86_MORE, 0x40000000), "aarch64": Machine(0xC00000B7, 220, ARM + ARM_MORE)}


class Allowance(Record):
    """What one process that reads a file may use."""

    memory: int = Field(3 << 30, ge=1 << 28, description="bytes of address space")
    processor: int = Field(20, ge=1, description="seconds of computing")
    wall: int = Field(60, ge=1, description="seconds from start to end")
    file: int = Field(600 << 20, ge=1, description="bytes of a file that it writes")
    handles: int = Field(64, ge=16, description="files open at once")


@dataclass(frozen=True)
class Fences:
    """Which fences hold on this computer.

    Attributes:
        files: no file can be read or written but those allowed, and no connection made.
        calls: no program or process can be started, no socket opened, no other process touched.
        limits: memory, computing time and the size of files are bounded.
    """

    files: bool
    calls: bool
    limits: bool


def raise_fences(writable: Path, allowance: Allowance) -> Fences:
    """Fence this process in, for good.

    Args:
        writable: the one folder it may write into.
    """
    limits = set_limits(allowance)
    files = calls = False
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        with suppress(OSError):
            _checked(libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0))
            files = fence_files(libc, [*programs(), Path("/dev/null")], writable)
            calls = fence_calls(libc)
    return Fences(files, calls, limits)


def set_limits(allowance: Allowance) -> bool:
    """Bound memory, time and files. Returns whether this system can."""
    try:
        import resource
    except ImportError:
        return False
    wanted = {
        resource.RLIMIT_AS: (allowance.memory, allowance.memory),
        resource.RLIMIT_CPU: (allowance.processor, allowance.processor + 2),
        resource.RLIMIT_FSIZE: (allowance.file, allowance.file),
        resource.RLIMIT_NOFILE: (allowance.handles, allowance.handles),
        resource.RLIMIT_CORE: (0, 0),
    }
    with suppress(AttributeError, ValueError):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a file that grows too large is then an error, not the end
    try:
        for what, bounds in wanted.items():
            resource.setrlimit(what, bounds)
    except (ValueError, OSError):
        return False
    return True


def programs() -> list[Path]:
    """Folders that hold Python, its packages and this one: a library may still be loaded from there."""
    found = {Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    found |= {Path(sys.base_prefix) / "lib", Path(__file__).parent.parent, *map(Path, ("/lib", "/lib64", "/usr/lib"))}
    return [folder for folder in sorted(found) if folder.exists()]


# -- files


def fence_files(libc: ctypes.CDLL, readable: Iterable[Path], writable: Path) -> bool:
    """Allow reading below `readable` and writing below `writable`, and nothing else. Returns whether this kernel can.

    Raises:
        OSError: it can, and did not.
    """
    version = libc.syscall(CREATE_RULESET, None, 0, VERSION_ASKED)
    if version < 1:
        return False
    every = (1 << FILES_OF[min(version, len(FILES_OF)) - 1]) - 1
    attributes = struct.pack("=QQQ", every, NET * (version >= NET_SINCE), SCOPES * (version >= SCOPES_SINCE))
    ruleset = _checked(libc.syscall(CREATE_RULESET, attributes, 8 if version < NET_SINCE else 16 if version < SCOPES_SINCE else 24, 0))
    for path in readable:
        _allow(libc, ruleset, path, READ_FILE | READ_FOLDER * path.is_dir())
    _allow(libc, ruleset, writable, every & (READ_FILE | READ_FOLDER | WRITE_FILE | REMOVE_FILE | MAKE_FILE | TRUNCATE))
    _checked(libc.syscall(RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)
    return True


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, access: int) -> None:
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        _checked(libc.syscall(ADD_RULE, ruleset, PATH_BENEATH, struct.pack("=Qi", access, handle), 0))
    finally:
        os.close(handle)


# -- system calls


def fence_calls(libc: ctypes.CDLL) -> bool:
    """Refuse the system calls that reading a file never needs. Returns whether they are known for this processor."""
    machine = MACHINES.get(platform.machine())
    if machine is None:
        return False
    steps = b"".join(struct.pack("=HBBI", *step) for step in filter_of(machine))
    buffer = ctypes.create_string_buffer(steps, len(steps))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))

    program = Program(len(steps) // 8, ctypes.addressof(buffer))
    _checked(libc.prctl(SET_SECCOMP, FILTER, ctypes.byref(program), 0, 0))
    return True


def filter_of(machine: Machine) -> list[tuple[int, int, int, int]]:
    """The filter, step by step: code, how many steps to skip if so, how many if not, and the number it is about."""
    steps = [(LOAD, 0, 0, MACHINE_AT), (JUMP_EQUAL, 1, 0, machine.audit), (RETURN, 0, 0, REFUSE), (LOAD, 0, 0, NUMBER_AT)]
    if machine.other_abi:
        steps += [(JUMP_FROM, 0, 1, machine.other_abi), (RETURN, 0, 0, REFUSE)]
    for number in (*machine.refused, *SAME_EVERYWHERE):
        steps += [(JUMP_EQUAL, 0, 1, number), (RETURN, 0, 0, REFUSE)]
    steps += [(JUMP_EQUAL, 0, 1, CLONE3), (RETURN, 0, 0, UNKNOWN)]  # its flags lie in memory, where a filter cannot look
    steps += [(JUMP_EQUAL, 0, 3, machine.clone), (LOAD, 0, 0, FIRST_ARGUMENT_AT), (JUMP_SET, 1, 0, CLONE_THREAD), (RETURN, 0, 0, REFUSE)]
    return [*steps, (RETURN, 0, 0, ALLOW)]


def _checked(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), "a fence could not be raised")
    return result


def require(fences: Fences) -> None:
    """Raises RunError where a kernel that has fences did not raise them."""
    if sys.platform == "linux" and not fences.limits:
        raise RunError("The reading of files could not be fenced in on this computer. Ask whoever looks after it.")
