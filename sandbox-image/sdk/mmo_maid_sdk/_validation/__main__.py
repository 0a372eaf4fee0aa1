"""``python -m mmo_maid_sdk._validation FOLDER ID VERSION [--portable]``: the findings about an unpacked zip, as JSON."""

import json
import sys

from . import validate_tree


def main(arguments: list[str]) -> int:
    """Print the payload; 0 if nothing stops an installation, 1 if something does, 2 after a wrong call."""
    portable = "--portable" in arguments
    arguments = [argument for argument in arguments if argument != "--portable"]
    if len(arguments) != 3:
        print("usage: python -m mmo_maid_sdk._validation FOLDER ID VERSION [--portable]", file=sys.stderr)
        return 2
    folder, plugin_id, version = arguments
    result = validate_tree(folder, plugin_id=plugin_id, version=version, portability=portable)
    print(json.dumps(result.to_payload()))
    return 1 if result.has_errors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
