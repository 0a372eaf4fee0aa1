"""Compares the simulator's answers with a library's: ``compare.py LIBRARY CASES SIMULATOR ANSWERS``.

Everything must be equal but for what :data:`DIFFERENCES` lists. Prints how many cases were equal as they are and
how many only after each difference; fails on any other, with the case.
"""

import collections
import json
import pathlib
import sys
from typing import Any

from generate import ADMINISTRATOR, ALL, CONNECT, SEND, SEND_IN_THREADS, VIEW

# What the libraries are known to do otherwise than Discord, and why that is no fault of the simulator.
DIFFERENCES = {
    "raw": "discord.js and hikari-toolbox add up roles and overwrites only: Discord's implicit denials and time-outs are"
    " left to the bot. discord.py does the same for categories, but for time-outs.",
    "hidden": "In a channel that cannot be seen, discord.py leaves what the roles grant in the whole guild; Discord's"
    " documentation denies everything there.",
    "voice-in-text": "discord.py leaves out the permissions of voice in text channels and forums, where they mean nothing;"
    " Discord's own sums (`app_permissions`) have them.",
    "closed-door": "Where a voice channel cannot be entered, discord.py denies voice and managing only; Discord denies the"
    " text of that channel too.",
    "administrator": "In discord.js, GuildMember#permissions keeps ADMINISTRATOR as one bit; its `has` knows that it is all.",
    "everyone-twice": "hikari counts @everyone among a member's roles, and hikari-toolbox (0.1.7) therefore takes its overwrite"
    " a second time with those of the roles: what it allows, no role can deny.",
}
HISTORY = 1 << 16
TIMED_OUT = VIEW | HISTORY
NEEDS_SEND = 1 << 17 | 1 << 12 | 1 << 15 | 1 << 14
# What discord.py counts as voice: priority speaker, stream, connect, speak, mute, deafen, move, voice activity,
# activities, soundboard, external sounds, voice channel status.
VOICE = sum(1 << bit for bit in (8, 9, 20, 21, 22, 23, 24, 25, 39, 42, 45, 48))
# What discord.py counts as a permission of the whole guild only.
GUILD_WIDE = sum(1 << bit for bit in (1, 2, 3, 5, 7, 19, 26, 27, 30, 33, 40, 41, 43, 44))
VOICE_CHANNELS = (2, 13)
CATEGORY = 4

Json = dict[str, Any]


def finished(case: Json, raw: int) -> int:
    """Apply Discord's implicit denials and the time-out to what roles and overwrites add up to."""
    channel, member = case["channel"], case["member"]
    if not raw & VIEW:
        return 0
    if channel["type"] in VOICE_CHANNELS and not raw & CONNECT:
        raw &= VIEW
    if not raw & (SEND_IN_THREADS if channel["thread"] else SEND):
        raw &= ~NEEDS_SEND
    return raw & TIMED_OUT if member["timed_out"] else raw


def with_everyone_twice(case: Json) -> int:
    """Add up roles and overwrites as hikari-toolbox does."""
    everyone, own = case["guild_id"], case["member"]["roles"]
    total = 0
    for role in case["roles"]:
        if role["id"] in (everyone, *own):
            total |= int(role["permissions"])
    rules = {(rule["type"], rule["id"]): rule for rule in case["channel"]["permission_overwrites"]}
    for targets in ([(0, everyone)], [(0, role) for role in (everyone, *own)], [(1, case["member"]["id"])]):
        found = [rules[target] for target in targets if target in rules]
        for rule in found:
            total &= ~int(rule["deny"])
        for rule in found:
            total |= int(rule["allow"])
    return total


def explained(library: str, case: Json, ours: int, theirs: int, known: int) -> str | None:
    """Return which known difference makes the answers about a channel equal, if one does."""
    kind = case["channel"]["type"]
    if library != "discord.py" or kind == CATEGORY:
        if finished(case, theirs) == ours:
            return "raw"
        return "everyone-twice" if library == "hikari" and theirs == with_everyone_twice(case) & known else None
    if ours == 0 and not theirs & ~GUILD_WIDE:
        return "hidden"
    if kind in VOICE_CHANNELS and not ours & CONNECT and not theirs & VOICE and ours == finished(case, theirs):
        return "closed-door"
    if kind not in VOICE_CHANNELS and (ours & ~VOICE) == (theirs & ~VOICE) and not theirs & VOICE & ~ours:
        return "voice-in-text"
    return None


def explained_in_guild(library: str, case: Json, ours: int, theirs: int, known: int) -> str | None:
    """Return which known difference makes the answers about the whole guild equal, if one does."""
    if library == "discord.js" and theirs & ADMINISTRATOR and ours == known:
        return "administrator"
    if library != "discord.py" and case["member"]["timed_out"] and ours == theirs & TIMED_OUT:
        return "raw"
    return None


def main() -> int:
    """Print the counts and return the exit code."""
    library, *files = sys.argv[1:]
    cases, ours, theirs = (json.loads(pathlib.Path(file).read_text()) for file in files)
    # Bits that either side does not know say nothing about the algorithm.
    known = ALL & int(theirs["all"])
    counts: collections.Counter[str] = collections.Counter()
    wrong = 0
    assert len(cases) == len(ours) == len(theirs["answers"])
    for case, mine, other in zip(cases, ours, theirs["answers"], strict=True):
        for place in ("guild", "channel"):
            if mine[place] is None or other[place] is None:
                assert mine[place] is other[place], (case, mine, other)
                continue
            have, said = int(mine[place]) & known, int(other[place]) & known
            if have == said:
                counts["equal"] += 1
                continue
            explain = explained if place == "channel" else explained_in_guild
            reason = explain(library, case, have, said, known)
            if reason:
                counts[reason] += 1
            else:
                wrong += 1
                if wrong <= 3:
                    print(f"{library}: {place}: the simulator says {have:#x}, the library {said:#x}: {json.dumps(case)}")
    told = ", ".join(f"{count} {reason}" for reason, count in sorted(counts.items()))
    print(f"permissions: {library}: {sum(counts.values())} answers: {told}; {wrong} wrong")
    assert counts["equal"] > len(cases) // 4, "hardly anything is equal: this compares nothing"
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
