"""What ``ctx.discord`` returns, for type checkers. Every key may be missing."""

from __future__ import annotations

from typing import TypedDict


class Member(TypedDict, total=False):
    """A member of the server."""

    user_id: str
    username: str
    display_name: str
    nick: str | None
    avatar: str | None
    roles: list[str]
    joined_at: str | None
    bot: bool


class Role(TypedDict, total=False):
    """A role of the server; ``permissions`` is a bit set as a decimal string."""

    id: str
    name: str
    color: int
    position: int
    managed: bool
    mentionable: bool
    permissions: str


class Channel(TypedDict, total=False):
    """A channel of the server."""

    id: str
    name: str
    type: int
    topic: str | None
    parent_id: str | None
    position: int
    nsfw: bool


class Guild(TypedDict, total=False):
    """The server."""

    id: str
    name: str
    icon: str | None
    member_count: int
    premium_tier: int
    features: list[str]
    owner_id: str
    description: str | None


class Message(TypedDict, total=False):
    """A message; ``attachments`` and ``embeds`` are how many there are."""

    id: str
    channel_id: str
    author_id: str
    author_username: str
    author_bot: bool
    content: str
    timestamp: str
    edited_timestamp: str | None
    attachments: int
    embeds: int
    pinned: bool
