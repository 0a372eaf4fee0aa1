"""Uses secrets in every right and wrong way. Its own secret is put together here, so that no file holds it whole."""

import hashlib

from mmo_maid_sdk import Plugin

plugin = Plugin()
OWN = "-".join(["plugin", "canary", "9f8e7d6c5b4a"])


@plugin.on_ready
def on_ready(ctx):
    owners = ctx.secrets.get("owner_key") or ""
    ctx.log(f"owner_key {hashlib.sha256(owners.encode()).hexdigest()}")
    ctx.secrets.set("own", OWN)
    assert ctx.secrets.get("own") == OWN
    wrong = [
        ("secrets.set", {"key": "not a key", "value": OWN}),
        ("secrets.set", {"key": OWN + "/", "value": OWN}),
        ("secrets.set", {"key": "long", "value": OWN * 400}),
        ("secrets.set", {"key": "number", "value": [OWN]}),
        ("secrets.set", {"value": OWN}),
        ("secrets.set", {"key": {"value": OWN}}),
        ("secrets.get", {"key": "own", "value": OWN, "_event_id": 5}),
        ("secret.set", {"key": "own", "value": OWN}),
        ("secrets.sett", {"key": "own", "value": OWN}),
        ("kv.put", {"key": "k", "value": OWN, "ttl_seconds": "soon"}),
        ("sql.execute", {"sql": 5, "params": [OWN]}),
    ]
    refused = 0
    for method, params in wrong:
        try:
            ctx.secrets._rpc.call(method, params)
        except Exception as error:
            assert OWN not in str(error), method
            refused += 1
    ctx.secrets.set("gone", OWN)
    ctx.secrets.delete("gone")
    assert ctx.secrets.get("gone") is None
    ctx.log(f"checked, {refused} refused")


plugin.run()
