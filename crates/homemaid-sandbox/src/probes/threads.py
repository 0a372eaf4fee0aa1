"""Makes threads until one is refused, then says how many there are with this one."""
import os
import threading
import time

count = 1
reason = "not stopped"
threading.stack_size(256 * 1024)
while count < 200:
    try:
        threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
    except RuntimeError:
        reason = "EAGAIN"
        break
    count += 1
os.write(1, f"{count} {reason}\n".encode())
os._exit(0)
