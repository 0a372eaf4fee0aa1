"""Makes processes until one is refused, then says how many there are with this one."""
import errno
import os
import time

count = 1
reason = "not stopped"
while count < 200:
    try:
        if os.fork() == 0:
            time.sleep(600)
            os._exit(0)
    except OSError as error:
        reason = errno.errorcode.get(error.errno, str(error.errno))
        break
    count += 1
print(count, reason)
