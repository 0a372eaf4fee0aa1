import json
from pathlib import Path

import pytest
from mmo_maid_sdk import DiscordApiError, KvQuotaError, RateLimitError, SdkPermissionError
from mmo_maid_sdk.testing import MockContext, make_event

MANIFEST = json.loads((Path(__file__).resolve().parents[1] / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture
def ctx():
    return MockContext(capabilities=MANIFEST["capabilities_required"])


def command(name, **options):
    return make_event(
        "interaction_create",
        interaction_type=2,
        command_name=name,
        channel_id="42",
        options=[{"name": key, "type": 3, "value": value} for key, value in options.items()],
    )


def joined(**details):
    return make_event("member_join", user_id="7", username="alice", **details)


def said(ctx):
    assert ctx.interaction.responses[-1]["ephemeral"] is True, "settings are the staff's business"
    return ctx.interaction.responses[-1]["content"]


def test_nobody_is_welcomed_before_a_channel_is_chosen(main, ctx):
    main.welcome(ctx, joined())
    assert ctx.messages_sent == []
    assert "/welcome-channel" in ctx.log_entries[-1]["message"]


def test_a_new_member_is_welcomed_in_the_chosen_channel(main, ctx):
    main.choose_channel(ctx, command("welcome-channel", channel="99"))
    assert said(ctx) == "New members are welcomed in <#99> from now on."
    main.welcome(ctx, joined())
    sent = ctx.messages_sent[0]
    assert sent["channel_id"] == "99"
    assert sent["content"] == "Welcome, <@7>! Wipe your feet and make yourself at home."


def test_without_a_channel_the_one_of_the_command_is_meant(main, ctx):
    main.choose_channel(ctx, command("welcome-channel"))
    assert ctx.kv.get("settings")["channel_id"] == "42"


def test_the_words_can_be_chosen_and_are_filled_in(main, ctx):
    main.choose_channel(ctx, command("welcome-channel"))
    main.choose_text(ctx, command("welcome-text", text="{name} ({user}) is number {count} in {server} {oops}"))
    main.welcome(ctx, joined(display_name="Alice", member_count=12, guild_name="Maid Café"))
    assert ctx.messages_sent[0]["content"] == "Alice (<@7>) is number 12 in Maid Café {oops}"


def test_a_text_cannot_reach_into_python(main, ctx):
    main.choose_channel(ctx, command("welcome-channel"))
    main.choose_text(ctx, command("welcome-text", text="{user.__class__} {0}"))
    main.welcome(ctx, joined())
    assert ctx.messages_sent[0]["content"] == "{user.__class__} {0}"


def test_an_empty_text_is_refused(main, ctx):
    main.choose_text(ctx, command("welcome-text", text="   "))
    assert said(ctx) == "I need at least one word."
    assert ctx.kv.get("settings") is None


def test_bots_are_not_welcomed(main, ctx):
    main.choose_channel(ctx, command("welcome-channel"))
    main.welcome(ctx, joined(bot=True))
    assert ctx.messages_sent == []


def test_goodbyes_are_said_only_when_wanted(main, ctx):
    left = make_event("member_leave", user_id="7", username="alice")
    main.choose_channel(ctx, command("welcome-channel"))
    main.farewell(ctx, left)
    assert ctx.messages_sent == []
    main.choose_channel(ctx, command("welcome-channel", goodbyes=True))
    main.farewell(ctx, left)
    assert ctx.messages_sent[0]["content"] == "Goodbye, alice. We will leave a light on."


def test_one_setting_does_not_undo_another(main, ctx):
    main.choose_text(ctx, command("welcome-text", text="Hi {name}"))
    main.choose_channel(ctx, command("welcome-channel", goodbyes=True))
    main.choose_channel(ctx, command("welcome-channel", channel="5"))
    assert ctx.kv.get("settings") == {"channel_id": "5", "text": "Hi {name}", "goodbyes": True}


def test_the_preview_is_for_one_alone_and_pings_nobody(main, ctx):
    main.preview(ctx, command("welcome-preview"))
    assert "nowhere yet" in said(ctx) and "Welcome, <@200>!" in said(ctx)
    assert ctx.interaction.responses[-1]["allowed_mentions"] == {"parse": []}


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (RateLimitError("slow down", retry_after=5), "warning"),
        (SdkPermissionError("bot lacks send_messages permission"), "error"),
        (DiscordApiError("Discord API error 500", status_code=500), "error"),
    ],
)
def test_a_greeting_that_fails_is_logged_and_harms_nothing(main, ctx, error, level):
    def refuse(**_):
        raise error

    main.choose_channel(ctx, command("welcome-channel"))
    ctx.discord.send_message = refuse
    main.welcome(ctx, joined())
    assert ctx.log_entries[-1]["level"] == level
    assert ctx.kv.get("settings")["channel_id"] == "42"


def test_a_deleted_channel_is_forgotten(main, ctx):
    def refuse(**_):
        raise DiscordApiError("Discord API error 404 (code 10003): Unknown Channel", status_code=404)

    main.choose_channel(ctx, command("welcome-channel"))
    ctx.discord.send_message = refuse
    main.welcome(ctx, joined())
    assert ctx.kv.get("settings")["channel_id"] is None


def test_settings_that_cannot_be_saved_are_not_promised(main, ctx):
    def full(*_, **__):
        raise KvQuotaError("kv quota reached: 10000 keys per server and plugin")

    ctx.kv.set = full
    main.choose_channel(ctx, command("welcome-channel"))
    assert said(ctx) == "I could not write that down. Please try again later."
