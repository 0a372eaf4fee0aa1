"""Tries to leave something behind everywhere that outlives the worker."""
import errno
import json
import os

places = ["/", "/plugin", "/usr", "/usr/lib/homemaid", "/etc", "/run", "/var", "/dev", "/dev/shm", "/proc/sys/kernel",
          "/sys/fs/cgroup", "/home"]
results = {}
for place in places:
    path = os.path.join(place, "homemaid-probe")
    try:
        with open(path, "w") as file:
            file.write("here")
        results[place] = "written"
    except OSError as error:
        results[place] = errno.errorcode.get(error.errno, str(error.errno))
for path, text in [("/proc/sys/kernel/hostname", "x"), ("/proc/sysrq-trigger", "h"), ("/proc/1/oom_score_adj", "-1000"),
                   ("/sys/fs/cgroup/pids.max", "max"), ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "-1"),
                   ("/sys/fs/cgroup/memory.max", "max")]:
    try:
        with open(path, "w") as file:
            file.write(text)
        results[path] = "written"
    except OSError as error:
        results[path] = errno.errorcode.get(error.errno, str(error.errno))
print(json.dumps(results))
