"""Does what a test tells it in the chat, and logs what came of it.

``!do {"n": 1, "call": "discord.get_guild", "args": {}}`` calls a method of ``ctx`` as a plugin would;
``{"n": 2, "rpc": "discord.get_guild", "params": {}}`` sends the bare request, past the SDK's own clamps.
``!plan {"custom id": [steps]}`` tells what to do with the next component or modal; a command brings its plan as an option.
A string ``@repeat:x:2001`` stands for that many letters, ``@base64:5`` for that many bytes: a chat message is short.
"""

import base64
import json

from mmo_maid_sdk import Plugin, SdkError

EVENTS = (
    "message_create message_edit message_delete member_join member_leave member_update reaction_add reaction_remove "
    "voice_state_update interaction_create channel_create channel_delete channel_update role_create role_delete role_update"
).split()

plugin = Plugin()
plans = {}


def expand(value):
    if isinstance(value, dict):
        return {key: expand(item) for key, item in value.items()}
    if isinstance(value, list):
        return [expand(item) for item in value]
    if isinstance(value, str) and value.startswith("@repeat:"):
        _, letter, count = value.split(":")
        return letter * int(count)
    if isinstance(value, str) and value.startswith("@base64:"):
        return base64.b64encode(b"x" * int(value.split(":")[1])).decode()
    return value


def perform(ctx, order):
    """Return what a call gave, or how it failed."""
    try:
        if "rpc" in order:
            return {"ok": ctx._transport.call(order["rpc"], expand(order["params"]))}
        service, name = order["call"].split(".")
        args = expand(order["args"])
        found = getattr(getattr(ctx, service), name)(*args.pop("*", []), **args)
        return {"ok": list(found) if name == "iter_messages" else found}
    except SdkError as error:
        extra = {name: getattr(error, name) for name in ("permission", "status_code", "retry_after") if hasattr(error, name)}
        return {"error": {"class": type(error).__name__, "code": error.code, "message": str(error), **extra}}


def report(ctx, order):
    ctx.log(f"result {order['n']} {json.dumps(perform(ctx, order))}")


def heard(kind):
    def log(ctx, event):
        # A log line has 4000 characters: the second copy of the options is only said to be one.
        same = event.get("options") == event.get("command_options")
        short = {**event, "command_options": "the same"} if same and event.get("options") else event
        ctx.log(f"event {kind} {json.dumps(short, ensure_ascii=False, separators=(',', ':'))}")

    return log


for kind in EVENTS:
    plugin.on_event(kind)(heard(kind))


@plugin.on_event("message_create")
def obey(ctx, event):
    word, _, rest = event["content"].partition(" ")
    if event["author_bot"]:
        return
    if word == "!do":
        report(ctx, json.loads(rest))
    elif word == "!plan":
        planned = json.loads(rest)
        plans.update(planned)
        # The steps' numbers tell this plan from one of the same name before.
        ctx.log("planned " + " ".join(str(step["n"]) for steps in planned.values() for step in steps))


@plugin.on_event("interaction_create")
def answer(ctx, event):
    if event["command_name"]:
        steps = [json.loads(o["value"]) for o in event["options"] if o["name"] == "plan"]
    else:
        steps = [plans.get(event["custom_id"], [])]
    for order in steps[0] if steps else []:
        report(ctx, order)


plugin.run()
