"""Asks the internet, in every right and wrong way, and logs what came of it as JSON."""

import json

from mmo_maid_sdk import Plugin

plugin = Plugin()
API = "https://api.example.com"


def come(call):
    try:
        return call()
    except Exception as error:
        return {"error": type(error).__name__, "text": str(error), "retry_after": getattr(error, "retry_after", None)}


def flood(ctx):
    answers = [come(lambda: ctx.http.get(API + "/tea")) for _ in range(32)]
    fine = [answer.get("status") for answer in answers].count(200)
    return {"fine": fine, "first_refused": next(i for i, answer in enumerate(answers) if "error" in answer),
            "error": answers[-1]["error"], "retry_after": answers[-1]["retry_after"]}


STEPS = {
    "get": lambda ctx: ctx.http.get(API + "/tea", params={"q": "a b", "key": "query-canary"},
                                    headers={"Authorization": "Bearer mine", "Host": "evil.example"}),
    "post": lambda ctx: ctx.http.post("https://eu." + API[8:] + "/brew", body='{"tea": "grün"}'),
    "missing": lambda ctx: ctx.http.get(API + "/missing"),
    "big": lambda ctx: {**ctx.http.get(API + "/big"), "body_bytes": ""},
    "bytes": lambda ctx: ctx.http.get(API + "/bytes"),
    "packed": lambda ctx: ctx.http.get(API + "/packed"),
    "away": lambda ctx: ctx.http.get(API + "/away"),
    "secret": lambda ctx: ctx.http.request("GET", API + "/secret", secret_auth="key"),
    "basic": lambda ctx: ctx.http.request("GET", API + "/secret", auth={"scheme": "basic", "secret": "key"}),
    "other": lambda ctx: ctx.http.get("https://other.example.org/tea"),
    "inside": lambda ctx: ctx.http.get("http://169.254.169.254/latest/"),
    "file": lambda ctx: ctx.http.get("file:///etc/passwd"),
    "allow": lambda ctx: ctx.http.allow_host("other.example.org"),
    "flood": flood,
}


@plugin.on_event("message_create")
def on_message(ctx, event):
    step = event["content"].removeprefix("!http ")
    if step in STEPS:
        ctx.log(json.dumps({"step": step, "came": come(lambda: STEPS[step](ctx))}))


@plugin.on_slash_command("allow")
def allow(ctx, event):
    came = come(lambda: ctx.http.allow_host("https://OTHER.example.org/tea"))
    ctx.log(json.dumps({"step": "allowed", "by": event["username"], "came": came}))
    ctx.interaction.respond(content="done")


@plugin.on_slash_command("revoke")
def revoke(ctx, event):
    ctx.log(json.dumps({"step": "revoked", "came": come(lambda: ctx.http.revoke_host("other.example.org"))}))
    ctx.interaction.respond(content="done")


plugin.run()
