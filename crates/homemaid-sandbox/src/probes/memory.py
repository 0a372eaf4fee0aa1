"""Takes memory in steps of one megabyte and says how far it came."""
import os

taken = []
while len(taken) < 256:
    taken.append(bytearray(1 << 20))
    os.write(1, b"%d\n" % len(taken))
os.write(1, b"not stopped\n")
