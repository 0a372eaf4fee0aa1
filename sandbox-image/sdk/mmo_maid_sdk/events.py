"""The events a handler can receive, for type checkers. Every key may be missing.

::

    from mmo_maid_sdk.events import MessageCreate

    @plugin.on_event("message_create")
    def on_message(ctx: Context, event: MessageCreate) -> None: ...
"""

from __future__ import annotations

from typing import Any, TypedDict


class Attachment(TypedDict, total=False):
    """A file of a message."""

    id: str
    filename: str
    url: str
    size: int
    content_type: str | None


class MessageCreate(TypedDict, total=False):
    """``message_create``: somebody, possibly the bot itself, has sent a message."""

    message_id: str
    channel_id: str
    guild_id: str
    author_id: str
    author_username: str
    author_name: str
    author_display_name: str
    author_bot: bool
    content: str
    timestamp: str
    created_at: str
    channel_name: str | None
    embed_count: int
    attachment_count: int
    mention_count: int
    reference_message_id: str
    mentions: list[str]
    mention_roles: list[str]
    attachments: list[Attachment]
    member_roles: list[str]
    message_type: int


class MessageEdit(TypedDict, total=False):
    """``message_edit``: a message has another text now."""

    message_id: str
    channel_id: str
    guild_id: str
    author_id: str | None
    author_bot: bool
    content: str
    before_content: str | None
    embed_count: int
    attachment_count: int
    mention_count: int
    edited_timestamp: str | None


class MessageDelete(TypedDict, total=False):
    """``message_delete``: a message is gone; what it said is known only if the host remembers it."""

    message_id: str
    channel_id: str
    guild_id: str
    author_id: str | None
    content: str | None
    bulk: bool


class MemberJoin(TypedDict, total=False):
    """``member_join``: somebody has joined the server."""

    user_id: str
    username: str
    display_name: str
    bot: bool
    joined_at: str | None
    roles: list[str]
    nick: str | None
    avatar: str | None
    guild_id: str
    guild_name: str
    member_count: int


class MemberLeave(TypedDict, total=False):
    """``member_leave``: somebody has left, or was kicked or banned."""

    user_id: str
    username: str
    display_name: str | None
    bot: bool | None
    joined_at: str | None
    roles: list[str]
    nick: str | None
    guild_id: str
    member_count: int


class MemberUpdate(TypedDict, total=False):
    """``member_update``: the nickname, roles, time-out or avatar of a member have changed."""

    user_id: str
    username: str
    display_name: str
    bot: bool
    roles: list[str]
    before_roles: list[str]
    nick: str | None
    before_nick: str | None
    timeout_until: str | None
    pending: bool
    guild_id: str


class _Reaction(TypedDict, total=False):
    message_id: str
    channel_id: str
    user_id: str
    emoji: str
    emoji_id: str | None
    emoji_name: str
    user_bot: bool
    guild_id: str


class ReactionAdd(_Reaction, total=False):
    """``reaction_add``: ``emoji`` is the character itself, or ``<:name:id>``."""


class ReactionRemove(_Reaction, total=False):
    """``reaction_remove``: ``emoji`` is the character itself, or ``<:name:id>``."""


class VoiceStateUpdate(TypedDict, total=False):
    """``voice_state_update``: somebody has joined, left, moved or muted; ``channel_id`` is ``None`` after leaving."""

    user_id: str
    username: str
    bot: bool
    member_bot: bool
    channel_id: str | None
    before_channel_id: str | None
    before_channel_name: str | None
    after_channel_id: str | None
    after_channel_name: str | None
    before_self_stream: bool
    after_self_stream: bool
    self_stream: bool
    self_video: bool
    self_mute: bool
    self_deaf: bool
    server_mute: bool
    server_deaf: bool
    suppress: bool
    guild_id: str


class InteractionCreate(TypedDict, total=False):
    """``interaction_create``: a command (``interaction_type`` 2), a component (3) or a form (5)."""

    interaction_id: str
    interaction_type: int
    type: int
    guild_id: str
    channel_id: str
    user_id: str
    user_name: str
    user_username: str
    username: str
    user_display_name: str
    display_name: str
    user_avatar: str | None
    permissions: str
    app_permissions: str
    member: dict[str, Any]
    locale: str
    guild_locale: str
    command_name: str
    command_id: str
    command_type: int
    options: list[dict[str, Any]]
    command_options: list[dict[str, Any]]
    resolved: dict[str, Any]
    custom_id: str
    component_type: int
    values: list[str]
    modal_values: dict[str, str]
    message_id: str | None
    message: dict[str, Any] | None


class _Channel(TypedDict, total=False):
    id: str
    channel_id: str
    name: str
    type: int
    category_id: str | None
    parent_id: str | None
    position: int
    topic: str | None
    nsfw: bool
    guild_id: str


class ChannelCreate(_Channel, total=False):
    """``channel_create``: there is a new channel."""


class ChannelDelete(_Channel, total=False):
    """``channel_delete``: a channel is gone."""


class ChannelUpdate(_Channel, total=False):
    """``channel_update``: a channel has changed."""

    before_name: str | None
    before_topic: str | None
    before_category_id: str | None


class _Role(TypedDict, total=False):
    id: str
    role_id: str
    name: str
    color: int
    position: int
    permissions: str
    managed: bool
    mentionable: bool
    guild_id: str


class RoleCreate(_Role, total=False):
    """``role_create``: there is a new role."""


class RoleDelete(_Role, total=False):
    """``role_delete``: a role is gone."""


class RoleUpdate(_Role, total=False):
    """``role_update``: a role has changed."""

    before_name: str | None


EVENT_TYPE_TO_SCHEMA: dict[str, type] = {
    "message_create": MessageCreate,
    "message_edit": MessageEdit,
    "message_delete": MessageDelete,
    "member_join": MemberJoin,
    "member_leave": MemberLeave,
    "member_update": MemberUpdate,
    "reaction_add": ReactionAdd,
    "reaction_remove": ReactionRemove,
    "voice_state_update": VoiceStateUpdate,
    "interaction_create": InteractionCreate,
    "channel_create": ChannelCreate,
    "channel_delete": ChannelDelete,
    "channel_update": ChannelUpdate,
    "role_create": RoleCreate,
    "role_delete": RoleDelete,
    "role_update": RoleUpdate,
}
