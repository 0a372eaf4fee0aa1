"""Error objects of the host become the exceptions that the contract's table names."""

from __future__ import annotations

import pytest

import mmo_maid_sdk as sdk
from mmo_maid_sdk._errors import MANIFEST_HINT, exception_for

TABLE = [
    (
        {"code": "CAPABILITY_DENIED", "message": "capability discord:ban_members is not granted to this plugin (declare it"
         " in capabilities_required in manifest.json)", "capability": "discord:ban_members"},
        sdk.CapabilityError, {"code": "CAPABILITY_DENIED"},
    ),
    (
        {"code": "RATE_LIMITED", "message": "rate limit exceeded: discord 60/min, remaining=0.0/min (retry in 12s)",
         "retry_after": 12},
        sdk.RateLimitError, {"retry_after": 12.0, "code": "RATE_LIMITED"},
    ),
    (
        {"code": "RATE_LIMITED", "message": "rate limit exceeded: discord 60/min, remaining=4.80/min (retry in 12s)",
         "retry_after": 12},
        sdk.RateLimitError, {"retry_after": 12.0},
    ),
    (
        {"code": "RATE_LIMITED", "message": "DDL rate limit exceeded: 100/hour, remaining=0.0/min (retry in 3540s)",
         "retry_after": 3540},
        sdk.RateLimitError, {"retry_after": 3540.0},
    ),
    (
        {"code": "QUOTA_EXCEEDED", "message": "quota exceeded: sql storage 100 MB, remaining=0.0/min (retry in 60s)",
         "retry_after": 60},
        sdk.RateLimitError, {"code": "QUOTA_EXCEEDED", "retry_after": 60.0},
    ),
    ({"code": "KV_QUOTA_EXCEEDED", "message": "kv quota reached: 10000 keys per server and plugin"}, sdk.KvQuotaError, {}),
    ({"code": "KV_QUOTA_EXCEEDED", "message": "kv quota: value is 70000 bytes, limit is 65536 bytes"}, sdk.KvQuotaError, {}),
    (
        {"code": "DISCORD_API_ERROR", "message": "Discord API error 404 (code 10003): Unknown Channel", "status_code": 404},
        sdk.DiscordApiError, {"status_code": 404},
    ),
    (
        {"code": "BOT_MISSING_PERMISSION", "message": "bot lacks manage_channels permission", "permission": "manage_channels"},
        sdk.SdkPermissionError, {"permission": "manage_channels"},
    ),
    (
        {"code": "VALIDATION_ERROR", "message": "channel_id is required and must be a Discord snowflake string",
         "field": "channel_id"},
        sdk.ValidationError, {},
    ),
    (
        {"code": "VALIDATION_ERROR", "message": "url is required and must be on an approved domain: x.example is not"
         " approved for this server"},
        sdk.ValidationError, {},
    ),
    ({"code": "SQL_ERROR", "message": 'SQL execution failed: relation "capability" does not exist'}, sdk.RpcError,
     {"code": "SQL_ERROR"}),
    ({"code": "RPC_TIMEOUT", "message": "upstream did not answer within 20s"}, sdk.RpcTimeoutError, {"code": "RPC_TIMEOUT"}),
    ({"code": "METHOD_NOT_FOUND", "message": "unknown method: foo.bar"}, sdk.RpcError, {"code": "METHOD_NOT_FOUND"}),
    ({"code": "PROXY_ERROR", "message": "connection refused"}, sdk.RpcError, {"code": "PROXY_ERROR"}),
    ({"code": "INTERNAL_ERROR", "message": "internal host error"}, sdk.RpcError, {"code": "INTERNAL_ERROR"}),
]


@pytest.mark.parametrize(("error", "expected", "attributes"), TABLE, ids=lambda value: str(value)[:40])
def test_recommended_error_objects_are_mapped_as_the_table_says(error, expected, attributes):
    raised = exception_for("a.method", error)
    assert type(raised) is expected
    assert error["message"] in str(raised)
    assert {name: getattr(raised, name) for name in attributes} == attributes


@pytest.mark.parametrize(
    ("message", "expected", "attributes"),
    [
        ("Capability storage:kv missing", sdk.CapabilityError, {}),
        ("kv quota exceeded: rate limit", sdk.KvQuotaError, {}),
        ("quota exceeded", sdk.RateLimitError, {"retry_after": 5.0}),
        ("Rate limit hit, retry in 2.5s", sdk.RateLimitError, {"retry_after": 2.5}),
        ("please retry in 7s", sdk.RateLimitError, {"retry_after": 7.0}),
        ("rate limit remaining=0.0/min", sdk.RateLimitError, {"retry_after": 60.0}),
        ("rate limit remaining=10/min", sdk.RateLimitError, {"retry_after": 6.0}),
        ("Discord API error 403: Missing Access", sdk.DiscordApiError, {"status_code": 403}),
        ("discord api error, no number", sdk.DiscordApiError, {"status_code": 0}),
        ("bot lacks ban_members permission", sdk.SdkPermissionError, {"permission": "ban_members"}),
        ("missing permission: kick_members", sdk.SdkPermissionError, {"permission": "kick_members"}),
        ("field x is required and must be a string", sdk.ValidationError, {}),
        ("something else", sdk.RpcError, {"code": "RPC_ERROR"}),
    ],
)
def test_without_a_code_the_wording_decides(message, expected, attributes):
    raised = exception_for("a.method", {"message": message})
    assert type(raised) is expected
    assert {name: getattr(raised, name) for name in attributes} == attributes


@pytest.mark.parametrize(
    "error",
    [{}, {"message": None}, {"message": ""}, {"code": 5, "message": 7}, "text", 7, [], True, {"code": [], "message": {}},
     {"code": "RATE_LIMITED", "message": "x", "retry_after": True}, {"code": "RATE_LIMITED", "retry_after": -1},
     {"code": "DISCORD_API_ERROR", "status_code": "404"}, {"code": "BOT_MISSING_PERMISSION", "permission": None},
     {"code": "UNHEARD_OF", "message": "capability"}],
)
def test_any_shape_of_error_is_an_sdk_error_with_text(error):
    raised = exception_for("a.method", error)
    assert isinstance(raised, sdk.SdkError)
    assert str(raised)


def test_unmapped_error_is_also_a_runtime_error_and_names_the_method():
    raised = exception_for("kv.get", {"message": "odd"})
    assert isinstance(raised, RuntimeError)
    assert str(raised) == "RPC error (kv.get): odd"


def test_capability_error_tells_about_the_manifest_once():
    assert str(exception_for("m", {"code": "CAPABILITY_DENIED", "message": "no"})) == "no" + MANIFEST_HINT
    assert str(exception_for("m", {"code": "CAPABILITY_DENIED", "message": "see Manifest"})) == "see Manifest"


def test_aliases_are_the_same_classes():
    assert sdk.PermissionError is sdk.SdkPermissionError
    assert sdk.TimeoutError is sdk.RpcTimeoutError


def test_defaults_of_the_exceptions():
    assert (str(sdk.RateLimitError()), sdk.RateLimitError().retry_after) == ("Rate limit exceeded", 0)
    assert (str(sdk.DiscordApiError()), sdk.DiscordApiError().status_code) == ("Discord API error", 0)
    assert (str(sdk.SdkPermissionError()), sdk.SdkPermissionError().permission) == ("Missing permission", "")
    assert [kind().code for kind in (sdk.SdkError, sdk.RpcError, sdk.RpcTimeoutError, sdk.KvQuotaError)] == [
        "SDK_ERROR", "RPC_ERROR", "RPC_TIMEOUT", "KV_QUOTA_EXCEEDED",
    ]
    assert sdk.SdkError("x", code="OWN").code == "OWN"


def test_rejected_calls_are_logged_three_times_an_hour(start):
    host = start(
        "@plugin.on_dashboard('try')\ndef f(ctx, params):\n"
        "  for _ in range(10):\n    try: ctx.kv.get('k')\n    except CapabilityError: pass\n",
        answer=lambda call: {"error": {"code": "CAPABILITY_DENIED", "message": "capability storage:kv is missing"}},
    )
    host.boot()
    host.ask("dashboard.try")
    warnings = [log for log in host.logs() if log.get("tags") == ["sdk", "rejected"]]
    assert [log["extra"] for log in warnings] == [{"method": "kv.get", "code": "CAPABILITY_DENIED"}] * 3
    assert warnings[-1]["message"].endswith("(further rejections this hour are counted, not logged)")
