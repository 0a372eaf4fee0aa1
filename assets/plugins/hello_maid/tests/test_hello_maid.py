import json
from pathlib import Path

from mmo_maid_sdk import KvQuotaError
from mmo_maid_sdk.testing import MockContext, make_event

MANIFEST = json.loads((Path(__file__).resolve().parents[1] / "manifest.json").read_text(encoding="utf-8"))
CAPABILITIES = MANIFEST["capabilities_required"]


def command(name, user_id="200", **options):
    return make_event(
        "interaction_create",
        interaction_type=2,
        command_name=name,
        user_id=user_id,
        options=[{"name": key, "type": 3, "value": value} for key, value in options.items()],
    )


def answer(ctx):
    assert len(ctx.interaction.responses) == 1, "an interaction is answered exactly once"
    return ctx.interaction.responses[0]


def test_hello_greets_whoever_asks_and_counts(main):
    ctx = MockContext(capabilities=CAPABILITIES)
    main.hello(ctx, command("hello"))
    embed = answer(ctx)["embeds"][0]
    assert embed["description"] == "Welcome home, <@200>! The kettle is on."
    assert embed["footer"]["text"] == "The very first hello!"
    assert ctx.kv.get("greeted:200") == 1

    main.hello(ctx, command("hello"))
    assert ctx.interaction.responses[1]["embeds"][0]["footer"]["text"] == "Hello number 2"


def test_hello_greets_somebody_else_in_the_style_that_was_chosen(main):
    ctx = MockContext(capabilities=CAPABILITIES)
    main.hello(ctx, command("hello", user="7", style="pirate"))
    assert answer(ctx)["embeds"][0]["description"].startswith("Ahoy, <@7>!")
    assert (ctx.kv.get("greeted:7"), ctx.kv.get("greeted:200")) == (1, None)


def test_every_style_in_the_manifest_has_its_text(main):
    style = MANIFEST["slash_commands"][0]["options"][1]
    assert {choice["value"] for choice in style["choices"]} == set(main.STYLES)


def test_hello_shows_the_button_the_plugin_listens_to(main):
    ctx = MockContext(capabilities=CAPABILITIES)
    main.hello(ctx, command("hello"))
    button = answer(ctx)["components"][0].to_dict()["components"][0]
    assert button["custom_id"] == main.SIGN_BUTTON


def test_hello_greets_even_when_it_cannot_count(main):
    ctx = MockContext(capabilities=CAPABILITIES)

    def full(*args, **kwargs):
        raise KvQuotaError("kv quota reached: 10000 keys per server and plugin")

    ctx.kv.increment = full
    main.hello(ctx, command("hello"))
    assert "footer" not in answer(ctx)["embeds"][0]
    assert ctx.log_entries[-1]["level"] == "warning"


def test_the_button_opens_the_guest_book(main):
    ctx = MockContext(capabilities=CAPABILITIES)
    main.open_guest_book(ctx, make_event("interaction_create", interaction_type=3, custom_id=main.SIGN_BUTTON))
    modal = ctx.modals_sent[0]
    assert modal["custom_id"] == main.SIGN_MODAL
    assert [field.to_dict()["custom_id"] for field in modal["fields"]] == ["note", "name"]


def sign(main, ctx, **values):
    event = make_event(
        "interaction_create", interaction_type=5, custom_id=main.SIGN_MODAL, modal_values=values
    )
    main.sign_guest_book(ctx, event)
    return answer(ctx)


def test_a_note_is_shown_and_kept_and_pings_nobody(main):
    ctx = MockContext(capabilities=CAPABILITIES)
    said = sign(main, ctx, note=" Hello @everyone ", name="")
    assert said["embeds"][0]["description"] == "Hello @everyone"
    assert said["embeds"][0]["footer"]["text"] == "- A happy guest"
    assert said["allowed_mentions"] == {"parse": []}
    assert ctx.kv.get("guestbook:last")["note"] == "Hello @everyone"


def test_an_empty_note_is_not_kept(main):
    ctx = MockContext(capabilities=CAPABILITIES)
    assert sign(main, ctx, note="   ", name="")["ephemeral"] is True
    assert ctx.kv.get("guestbook:last") is None


def test_stats_rank_by_number_of_greetings(main):
    ctx = MockContext(capabilities=CAPABILITIES)
    ctx.kv.set("greeted:1", 2)
    ctx.kv.set("greeted:2", 5)
    ctx.kv.set("guestbook:last", {"note": "Lovely.", "name": "Bob", "user_id": "2"})
    main.hello_stats(ctx, command("hello-stats"))
    embed = answer(ctx)["embeds"][0]
    assert embed["description"] == "1. <@2>: 5\n2. <@1>: 2"
    assert embed["fields"][0]["value"] == "Lovely.\n- Bob"


def test_stats_of_nobody_are_an_invitation(main):
    ctx = MockContext(capabilities=CAPABILITIES)
    main.hello_stats(ctx, command("hello-stats"))
    assert "Try `/hello`" in answer(ctx)["embeds"][0]["description"]
    assert answer(ctx)["ephemeral"] is True
