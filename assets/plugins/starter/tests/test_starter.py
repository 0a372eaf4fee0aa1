from mmo_maid_sdk import KvQuotaError
from mmo_maid_sdk.testing import MockContext, make_event


def roll(main, ctx, **options):
    event = make_event(
        "interaction_create",
        interaction_type=2,
        command_name="roll",
        options=[{"name": key, "type": 4, "value": value} for key, value in options.items()],
    )
    main.roll(ctx, event)
    return ctx.interaction.responses[-1]["content"]


def test_a_die_has_six_sides_unless_told_otherwise(main, monkeypatch):
    ctx = MockContext(capabilities=["interaction:respond", "storage:kv"])
    monkeypatch.setattr(main.random, "randint", lambda low, high: low)
    assert roll(main, ctx) == "🎲 <@200> rolled **1** of 6."
    assert roll(main, ctx, sides=20) == "🎲 <@200> rolled **1** of 20."


def test_lucky_rolls_are_counted(main, monkeypatch):
    ctx = MockContext(capabilities=["interaction:respond", "storage:kv"])
    monkeypatch.setattr(main.random, "randint", lambda low, high: high)
    assert roll(main, ctx).endswith("That was lucky roll number 1 on this server.")
    assert roll(main, ctx).endswith("That was lucky roll number 2 on this server.")


def test_a_lucky_roll_is_cheered_even_when_it_cannot_be_counted(main, monkeypatch):
    ctx = MockContext(capabilities=["interaction:respond", "storage:kv"])

    def full(*args, **kwargs):
        raise KvQuotaError("kv quota reached: 10000 keys per server and plugin")

    ctx.kv.increment = full
    monkeypatch.setattr(main.random, "randint", lambda low, high: high)
    assert roll(main, ctx).endswith("What luck!")


def test_ready_is_logged(main):
    ctx = MockContext()
    main.ready(ctx)
    assert ctx.log_entries[-1]["message"].endswith("is ready")
