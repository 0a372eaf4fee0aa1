"""Runs the published validator in a process of its own: Base64 of a zip a line in, its findings as JSON a line out."""

import base64
import json
import sys


def main(root):
    """Serve until stdin ends."""
    sys.path.insert(0, root)
    from yourbot_sdk._validation import validate_artifact

    for line in sys.stdin:
        try:
            result = validate_artifact(plugin_id="my_plugin", version="1.0.0", artifact_bytes=base64.b64decode(line))
            answer = [[finding.severity, finding.code, finding.path, finding.line] for finding in result.findings]
        except Exception as error:  # a crash of its own is an answer too
            answer = type(error).__name__
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
