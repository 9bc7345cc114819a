"""A disk that fails, hangs, or is slow when a script says so.

    unreliable_disk.py IMAGE FOLDER WORD

serves the file IMAGE as FOLDER/disk, by FUSE; a loop device over that is a disk with a real
file system on it. How the disk behaves stands in the file WORD:

    ok          as a disk should
    eio         each write and each flush fails: nothing of it reaches IMAGE
    eio-lines   so does each write that has a line of an audit log in it, as on a thin pool
                without space: the file system's own blocks, written before, are well
    hang        nothing returns until the word changes
    slow MS     each flush takes so long

IMAGE is what a power cut leaves behind: it has what the disk has acknowledged, and nothing else.
It needs Linux, root and /dev/fuse, and speaks FUSE's protocol itself: no library is needed, and
the device mapper, which has such disks (dm-flakey), is not there on each machine.
"""

import ctypes
import errno
import os
import struct
import sys
import time

IMAGE, FOLDER, WORD = sys.argv[1:4]

LOOKUP, FORGET, GETATTR, SETATTR, OPEN, READ, WRITE, STATFS, RELEASE = 1, 2, 3, 4, 14, 15, 16, 17, 18
FSYNC, FLUSH, INIT, OPENDIR, READDIR, RELEASEDIR, INTERRUPT, DESTROY, BATCH_FORGET = 20, 25, 26, 27, 28, 29, 36, 38, 42

ROOT, DISK = 1, 2
MAX_WRITE = 128 << 10

image = os.open(IMAGE, os.O_RDWR)
size = os.fstat(image).st_size


def word():
    """What the script says, in words."""
    try:
        with open(WORD) as file:
            return file.read().split() or ["ok"]
    except FileNotFoundError:
        return ["ok"]


def attributes(node):
    mode, length = (0o040755, 4096) if node == ROOT else (0o100600, size)
    return struct.pack("<6Q10I", node, length, (length + 511) // 512, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


def behave(is_change, data=b""):
    """Does what the word says; an error number, or 0."""
    said = word()
    while said[0] == "hang":
        time.sleep(0.005)
        said = word()
    if said[0] == "eio" and is_change or said[0] == "eio-lines" and b'{"_schema_version"' in data:
        return errno.EIO
    return 0


def answer(opcode, node, body):
    """An error number, and what is answered; `None` is no answer at all."""
    if opcode == INIT:
        flags = 1 << 0 | 1 << 5 | 1 << 22  # asynchronous reads, big writes, so many pages
        return 0, struct.pack("<4I2H2I2H8I", 7, 31, 1 << 17, flags, 12, 9, MAX_WRITE, 1, MAX_WRITE // 4096, 0, *[0] * 8)
    if opcode in (FORGET, BATCH_FORGET, INTERRUPT):
        return 0, None
    if opcode == LOOKUP:
        if node != ROOT or body.rstrip(b"\0") != b"disk":
            return errno.ENOENT, b""
        return 0, struct.pack("<4Q2I", DISK, 0, 3600, 3600, 0, 0) + attributes(DISK)
    if opcode in (GETATTR, SETATTR):
        return 0, struct.pack("<Q2I", 3600, 0, 0) + attributes(node)
    if opcode in (OPEN, OPENDIR):
        return 0, struct.pack("<Q2I", 0, 0, 0)
    if opcode == READDIR:
        return 0, b""
    if opcode == READ:
        _, offset, length = struct.unpack_from("<2QI", body)
        return behave(False), os.pread(image, length, offset)
    if opcode == WRITE:
        _, offset, length = struct.unpack_from("<2QI", body)
        data = body[40 : 40 + length]
        error = behave(True, data)
        if not error:
            os.pwrite(image, data, offset)
        return error, struct.pack("<2I", length, 0)
    if opcode == FSYNC:
        error = behave(True)
        said = word()
        if said[0] == "slow":
            time.sleep(int(said[1]) / 1000)
        return error, b""
    if opcode in (FLUSH, RELEASE, RELEASEDIR, DESTROY):
        return 0, b""
    if opcode == STATFS:
        return 0, struct.pack("<5Q10I", 1, 0, 0, 2, 0, 4096, 255, 4096, 0, *[0] * 6)
    return errno.ENOSYS, b""


def main():
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0,max_read={MAX_WRITE}".encode()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"unreliable", os.fsencode(FOLDER), b"fuse", 2 | 4, options) != 0:
        raise OSError(ctypes.get_errno(), "mounting the unreliable disk")
    print("ready", flush=True)
    while True:
        try:
            request = os.read(device, MAX_WRITE + 4096)
        except OSError as error:
            if error.errno == errno.ENODEV:  # unmounted
                return
            if error.errno in (errno.ENOENT, errno.EINTR, errno.EAGAIN):
                continue
            raise
        _, opcode, unique, node = struct.unpack_from("<2I2Q", request)
        error, reply = answer(opcode, node, request[40:])
        if reply is None:
            continue
        reply = b"" if error else reply
        try:
            os.write(device, struct.pack("<IiQ", 16 + len(reply), -error, unique) + reply)
        except OSError as failed:
            if failed.errno != errno.ENOENT:  # interrupted
                raise


main()
