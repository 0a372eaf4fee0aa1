"""``python -m mmo_maid_sdk._validation FOLDER ID VERSION [--portable] [--names]``: the findings about an unpacked zip, as JSON.

With ``--names`` the zip's files, a JSON list in the zip's order, come on stdin.
"""

import json
import sys

from . import validate_tree


def main(arguments: list[str]) -> int:
    """Print the payload; 0 if nothing stops an installation, 1 if something does, 2 after a wrong call."""
    portable = "--portable" in arguments
    named = "--names" in arguments
    arguments = [argument for argument in arguments if argument not in ("--portable", "--names")]
    if len(arguments) != 3:
        print("usage: python -m mmo_maid_sdk._validation FOLDER ID VERSION [--portable] [--names]", file=sys.stderr)
        return 2
    folder, plugin_id, version = arguments
    names = json.load(sys.stdin) if named else None
    result = validate_tree(folder, plugin_id=plugin_id, version=version, portability=portable, names=names)
    print(json.dumps(result.to_payload()))
    return 1 if result.has_errors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
