"""What the services of ``ctx`` make of their arguments, and pool mode; the rest is in the conformance test."""

from __future__ import annotations

import pytest

from mmo_maid_sdk import ActionRow, Button, Context, Plugin, SelectMenu, SelectOption, TextInput


class Recording:
    """A connection that notes calls and answers with what was prepared."""

    def __init__(self, *answers: object) -> None:
        self.calls: list[tuple[str, dict]] = []
        self.answers = list(answers)

    def call(self, method, params):
        self.calls.append((method, params))
        return self.answers.pop(0) if self.answers else None

    def notify(self, method, params):
        self.calls.append((method, params))


def context(*answers: object) -> tuple[Context, Recording]:
    connection = Recording(*answers)
    ctx = Context(server_id="1", plugin_id="p", version="1", capabilities=["a:b"], transport=connection)
    return ctx, connection


def test_stored_value_that_looks_like_the_wrapping_is_kept():
    ctx, _ = context({"value": {"value_json": {"value_json": 5}}}, {"value": {"value_json": None}}, {"value": None})
    assert ctx.kv.get("k") == {"value_json": 5}
    assert ctx.kv.exists("k") is True
    assert ctx.kv.exists("k") is False


@pytest.mark.parametrize(
    ("url", "params", "expected"),
    [
        ("https://x", {"a": "b c"}, "https://x?a=b+c"),
        ("https://x?q=1", {"a": [1, 2]}, "https://x?q=1&a=1&a=2"),
        ("https://x/p#part", {"a": "&"}, "https://x/p?a=%26#part"),
        ("https://x", {"a": None}, "https://x"),
        ("https://x", {}, "https://x"),
    ],
)
def test_query_is_added_to_the_url(url, params, expected):
    ctx, connection = context()
    ctx.http.get(url, params=params)
    assert connection.calls[0][1]["url"] == expected


def test_websocket_frames_are_text_or_base64_and_secrets_become_bearer_tokens():
    ctx, connection = context()
    ctx.ws.ensure("n", "wss://x", secret_auth="token", subscribe=["a"])
    ctx.ws.send("n", "text")
    ctx.ws.send("n", b"\xff")
    assert connection.calls[0][1]["auth"] == {"scheme": "bearer", "secret": "token"}
    assert [params for _, params in connection.calls[1:]] == [{"name": "n", "text": "text"}, {"name": "n", "data_b64": "/w=="}]


def pages(*sizes: int) -> list[dict]:
    number = 1000
    found = []
    for size in sizes:
        found.append({"messages": [{"id": str(number - offset)} for offset in range(size)]})
        number -= size
    return found


def test_messages_are_fetched_page_by_page_as_they_are_asked_for():
    ctx, connection = context(*pages(50, 50, 3))
    messages = ctx.discord.iter_messages(channel_id="1", batch_size=500)
    assert next(messages) == {"id": "1000"}
    assert len(connection.calls) == 1
    assert len(list(messages)) == 102
    assert [params.get("before") for _, params in connection.calls] == [None, "951", "901"]


def test_fetching_stops_when_the_host_repeats_itself():
    ctx, connection = context(*[{"messages": [{"id": "5"}, {"id": "4"}]}] * 10)
    assert len(list(ctx.discord.iter_messages(channel_id="1", batch_size=2, after="1"))) == 4
    assert [params["after"] for _, params in connection.calls] == ["1", "5"]


def test_components_take_dictionaries_and_emoji_of_the_server():
    row = ActionRow(Button("a", "b", emoji="<a:dance:5>"), {"type": 2}, SelectMenu("m", [SelectOption("x", "y", emoji="🎉")])).to_dict()
    assert row["components"][0]["emoji"] == {"name": "dance", "id": "5", "animated": True}
    assert row["components"][1] == {"type": 2}
    assert row["components"][2]["options"] == [{"label": "x", "value": "y", "emoji": {"name": "🎉"}}]
    assert Button("a", style="link").to_dict() == {"type": 2, "style": 5, "label": "a"}
    assert len(ActionRow(*[{}] * 9).to_dict()["components"]) == 5
    assert TextInput("l" * 50, "i", min_length=0).to_dict() == {
        "type": 4, "custom_id": "i", "label": "l" * 45, "style": 1, "required": True, "min_length": 0,
    }


def test_component_needs_exactly_one_of_id_and_prefix():
    for decorator in (Plugin().on_component, Plugin().on_modal_submit):
        for arguments in ({}, {"custom_id": "a", "prefix": "b"}):
            with pytest.raises(ValueError, match="custom_id or a prefix"):
                decorator(**arguments)


def test_unknown_attribute_is_an_attribute_error():
    ctx, _ = context()
    with pytest.raises(AttributeError, match="nothing"):
        ctx.nothing
    assert not hasattr(ctx, "__deepcopy__")


def test_decorators_return_the_function_and_can_be_called_directly():
    plugin = Plugin()

    def handler(ctx, *arguments):
        return None

    for decorated in (
        plugin.on_ready(handler), plugin.on_install(handler), plugin.on_event("x")(handler),
        plugin.on_slash_command("x")(handler), plugin.on_component("x")(handler), plugin.schedule("5")(handler),
        plugin.cron("0 9 * * *")(handler), plugin.on_dashboard("dashboard.x")(handler), plugin.on_ws_open("x")(handler),
    ):
        assert decorated is handler
    assert plugin._dashboard_handlers == {"x": handler}
    assert plugin._scheduled_tasks == [(handler, 5)]
    assert plugin._cron_tasks[0][2] == "0 9 * * *"


def test_pool_mode_has_a_context_for_each_server_and_runs_ready_before_its_first_event(start):
    host = start(
        "@plugin.on_ready\ndef ready(ctx): ctx.kv.set('ready ' + ctx.server_id, sorted(ctx.capabilities))\n"
        "@plugin.on_event('x')\ndef f(ctx, event): ctx.kv.set('event ' + ctx.server_id, 1)\n"
    )
    host.boot(mode="pool", discord_srv_id="", capabilities=["a:1", "b:2"])
    for number, server in enumerate(["5", "6", "5"]):
        host.event(f"e{number}", "x", {}, discord_srv_id=server, capabilities=["b:2", "c:3"])
        host.wait_for_ack(f"e{number}")
    assert [(call["params"]["key"], call["params"]["value"]) for call in host.calls()] == [
        ("ready 5", ["b:2"]), ("event 5", 1), ("ready 6", ["b:2"]), ("event 6", 1), ("event 5", 1),
    ]
    assert [call["params"]["_pool_discord_srv_id"] for call in host.calls()] == ["5", "5", "6", "6", "5"]
