"""One operation on ``ctx``, from JSON to JSON: the same code runs in the plugin on the real host and in the test on the mock."""

import json
import time


def perform(ctx, operation):
    """Do ``[service, method, positional, keywords]`` and return its result, or what was raised."""
    service, method, positional, keywords = operation
    if method == "clear":
        return clear(ctx)
    while True:
        try:
            return {"ok": getattr(getattr(ctx, service), method)(*positional, **keywords)}
        except Exception as error:
            code = getattr(error, "code", "")
            if code == "RATE_LIMITED" and service in ("kv", "ephemeral"):  # the valve against floods, which the mock has not
                time.sleep(getattr(error, "retry_after", 1))
                continue
            return {"error": type(error).__name__, "code": code, "message": str(error)}


def clear(ctx):
    """Forget everything in the key-value store."""
    while keys := perform(ctx, ["kv", "list", [], {"limit": 1000}])["ok"]:
        for key in keys:
            perform(ctx, ["kv", "delete", [key], {}])
    return "cleared"


def text(result):
    """Return a result as text that can be compared: the order of keys counts."""
    return json.dumps(result, ensure_ascii=True)
