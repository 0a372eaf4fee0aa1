"""Burns as much CPU as it can get, in two processes; the host measures."""
import os

os.fork()
os.write(1, b"busy\n")
while True:
    pass
