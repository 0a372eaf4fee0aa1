"""Makes random guilds, the same for the same seed: ``generate.py SEED COUNT CASES GUILDS``.

CASES gets what ``discord-sim permissions`` reads; GUILDS the same as Discord's own guild objects, for the libraries.
"""

import json
import pathlib
import random
import sys
from typing import Any

ADMINISTRATOR, VIEW, SEND, CONNECT, SEND_IN_THREADS = 1 << 3, 1 << 10, 1 << 11, 1 << 20, 1 << 38
# Every bit Discord knows; 47 and 48 are not given.
ALL = ((1 << 53) - 1) & ~(0b11 << 47)
GUILD, OWNER, MEMBER, OTHER = 1000, 3000, 3001, 3002
# Text, voice, category, announcement, stage, forum.
CHANNELS, WITH_THREADS = (0, 2, 4, 5, 13, 15), (0, 5, 15)
FAR_FUTURE = "2100-01-01T00:00:00+00:00"

Json = dict[str, Any]


def bits(choose: random.Random, density: float) -> int:
    """Return a random set of permissions."""
    chosen = sum(1 << bit for bit in range(53) if choose.random() < density) & ALL & ~ADMINISTRATOR
    # What most rules are about is thrown in more often than chance would.
    for bit in (VIEW, SEND, CONNECT, SEND_IN_THREADS):
        if choose.random() < 0.3:
            chosen ^= bit
    return chosen


def overwrite(choose: random.Random, target: int, kind: int) -> Json:
    """Return a random overwrite; no bit is both allowed and denied, as Discord sees to."""
    density = choose.choice((0.02, 0.1, 0.3))
    allow = bits(choose, density)
    deny = bits(choose, density) & ~allow
    return {"id": str(target), "type": kind, "allow": str(allow), "deny": str(deny)}


def make_case(choose: random.Random) -> Json:
    """Return one random question."""
    density = choose.choice((0.05, 0.3, 0.7, 0.95))
    roles = [{"id": str(GUILD), "permissions": str(bits(choose, density))}]
    for number in range(choose.randrange(7)):
        granted = bits(choose, choose.choice((0.0, 0.05, 0.3)))
        if choose.random() < 0.03:
            granted |= ADMINISTRATOR
        roles.append({"id": str(2000 + number), "permissions": str(granted)})
    own = [role["id"] for role in roles[1:] if choose.random() < 0.5]
    member = MEMBER if choose.random() < 0.95 else OWNER
    channel = None
    if choose.random() < 0.95:
        kind = choose.choice(CHANNELS)
        targets = [(int(role["id"]), 0) for role in roles] + [(member, 1), (OTHER, 1), (2900, 0)]
        chosen = [target for target in targets if choose.random() < 0.5]
        choose.shuffle(chosen)
        channel = {
            "type": kind,
            "thread": kind in WITH_THREADS and choose.random() < 0.4,
            "permission_overwrites": [overwrite(choose, *target) for target in chosen],
        }
    return {
        "guild_id": str(GUILD),
        "owner_id": str(OWNER),
        "roles": roles,
        "member": {"id": str(member), "roles": own, "timed_out": choose.random() < 0.15},
        "channel": channel,
    }


def as_guild(case: Json) -> Json:
    """Return a case as Discord's guild object, with one member and at most one channel and thread."""
    member = case["member"]
    channels, threads = [], []
    if channel := case["channel"]:
        channels.append(
            {
                "id": "4000",
                "guild_id": case["guild_id"],
                "type": channel["type"],
                "name": "channel",
                "position": 0,
                "parent_id": None,
                "nsfw": False,
                "topic": None,
                "last_message_id": None,
                "rate_limit_per_user": 0,
                "bitrate": 64000,
                "user_limit": 0,
                "rtc_region": None,
                "flags": 0,
                "available_tags": [],
                "default_reaction_emoji": None,
                "default_sort_order": None,
                "default_forum_layout": 0,
                "default_thread_rate_limit_per_user": 0,
                "permission_overwrites": channel["permission_overwrites"],
            }
        )
        if channel["thread"]:
            threads.append(
                {
                    "id": "4001",
                    "guild_id": case["guild_id"],
                    "type": 10 if channel["type"] == 5 else 11,
                    "name": "thread",
                    "parent_id": "4000",
                    "owner_id": str(OTHER),
                    "last_message_id": None,
                    "rate_limit_per_user": 0,
                    "message_count": 0,
                    "member_count": 1,
                    "total_message_sent": 0,
                    "flags": 0,
                    "applied_tags": [],
                    "thread_metadata": {
                        "archived": False,
                        "auto_archive_duration": 1440,
                        "archive_timestamp": "2024-01-01T00:00:00+00:00",
                        "locked": False,
                    },
                }
            )
    roles = [
        {
            **role,
            "name": role["id"],
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "icon": None,
            "unicode_emoji": None,
            "position": position,
            "managed": False,
            "mentionable": False,
            "flags": 0,
        }
        for position, role in enumerate(case["roles"])
    ]
    user = {"id": member["id"], "username": "member", "discriminator": "0", "global_name": None, "avatar": None, "bot": False}
    return {
        "id": case["guild_id"],
        "name": "guild",
        "owner_id": case["owner_id"],
        "icon": None,
        "icon_hash": None,
        "splash": None,
        "discovery_splash": None,
        "banner": None,
        "description": None,
        "afk_channel_id": None,
        "afk_timeout": 300,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "roles": roles,
        "emojis": [],
        "stickers": [],
        "features": [],
        "mfa_level": 0,
        "application_id": None,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "max_presences": None,
        "max_members": 250000,
        "vanity_url_code": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "premium_progress_bar_enabled": False,
        "preferred_locale": "en-US",
        "public_updates_channel_id": None,
        "safety_alerts_channel_id": None,
        "max_video_channel_users": 25,
        "nsfw_level": 0,
        "joined_at": "2024-01-01T00:00:00+00:00",
        "large": False,
        "member_count": 1,
        "voice_states": [],
        "members": [
            {
                "user": user,
                "nick": None,
                "avatar": None,
                "banner": None,
                "roles": member["roles"],
                "joined_at": "2024-01-01T00:00:00+00:00",
                "premium_since": None,
                "deaf": False,
                "mute": False,
                "pending": False,
                "flags": 0,
                "communication_disabled_until": FAR_FUTURE if member["timed_out"] else None,
            }
        ],
        "channels": channels,
        "threads": threads,
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
        "incidents_data": None,
    }


if __name__ == "__main__":
    seed, count, cases_file, guilds_file = sys.argv[1:]
    source = random.Random(int(seed))
    made = [make_case(source) for _ in range(int(count))]
    pathlib.Path(cases_file).write_text(json.dumps(made))
    pathlib.Path(guilds_file).write_text(json.dumps([as_guild(case) for case in made]))
