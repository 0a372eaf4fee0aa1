"""The entry file of a probing plugin: prints the environment a plugin sees."""
import json
import os

print(json.dumps({"environ": dict(os.environ), "native": [name.decode() for name in os.environb]}))
