"""Fills /tmp, and tries to run something from it."""
import errno
import json
import mmap
import os

with open("/tmp/program", "wb") as file:
    file.write(b"\x7fELF" + b"\0" * 4092)
os.chmod("/tmp/program", 0o755)


def attempt(action):
    try:
        action()
        return "allowed"
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error.errno))


def map_executable():
    with open("/tmp/program", "rb") as file:
        mmap.mmap(file.fileno(), 4096, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_EXEC).close()


execute = attempt(lambda: os.posix_spawn("/tmp/program", ["program"], {}))
mapped = attempt(map_executable)
os.unlink("/tmp/program")
written, reason = 0, "not stopped"
chunk = b"x" * (1 << 16)
with open("/tmp/full", "wb", buffering=0) as file:
    while written < 256 << 20:
        try:
            written += file.write(chunk)
        except OSError as error:
            reason = errno.errorcode.get(error.errno, str(error.errno))
            break
print(json.dumps({"execute": execute, "map": mapped, "written": written, "reason": reason}))
