"""``ctx.discord``: what the plugin does in its Discord server."""

from __future__ import annotations

from ._rpc import a_list, an_object, as_dicts, clamp, cut, field, with_optional

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ._rpc import Object, Rpc
    from .responses import Channel, Guild, Member, Message, Role

FILES = 3
REASON_LENGTH = 512
NAME_LENGTH = 100
TOPIC_LENGTH = 1024
NICKNAME_LENGTH = 32
WEBHOOK_NAME_LENGTH = 80
USERS_PER_BULK = 25
MESSAGES_PER_BULK = 100
MESSAGES_PER_PAGE = 50
MEMBERS_PER_PAGE = 100
MEMBERS_PER_SEARCH = 25
LONGEST_TIMEOUT_SECONDS = 28 * 24 * 3600
LONGEST_BAN_HISTORY_SECONDS = 7 * 24 * 3600
USERS_PER_VOICE_CHANNEL = 99


class Discord:
    """Reached as ``ctx.discord``; each method names the capability it needs.

    At most 60 calls a minute go through (a bulk call counts once for each user). Names, topics and reasons that are too
    long are cut; a message that is too long is refused by the host.
    """

    __slots__ = ("_rpc",)

    def __init__(self, transport: Rpc) -> None:
        self._rpc = transport

    def _do(self, method: str, params: Object) -> Any:
        return self._rpc.call(f"discord.{method}", params)

    def _bulk(self, method: str, user_ids: list[str], params: Object) -> Object:
        params = {"user_ids": [str(user_id) for user_id in user_ids][:USERS_PER_BULK], **params}
        result = self._do(method, params)
        return result if isinstance(result, dict) and result else {"success": 0, "failed": 0, "errors": []}

    # --- messages ---

    def send_message(
        self,
        *,
        channel_id: str,
        content: str = "",
        embeds: list[Object] | None = None,
        components: list[Any] | None = None,
        files: list[Object] | None = None,
        allowed_mentions: Object | None = None,
    ) -> Object:
        """Send a message and return its ``message_id`` and ``channel_id``; needs ``discord:send_message``.

        *files* are up to three ``{"filename", "data_b64"}``. Nobody is notified unless *allowed_mentions* says so.
        """
        params: Object = {"channel_id": str(channel_id)}
        if content:
            params["content"] = str(content)
        if embeds:
            params["embeds"] = list(embeds)
        if components:
            params["components"] = as_dicts(components)
        if files:
            params["files"] = list(files)[:FILES]
        if allowed_mentions is not None:
            params["allowed_mentions"] = allowed_mentions
        return an_object(self._do("send_message", params))

    def edit_message(
        self,
        *,
        channel_id: str,
        message_id: str,
        content: str | None = None,
        embeds: list[Object] | None = None,
        components: list[Any] | None = None,
        allowed_mentions: Object | None = None,
    ) -> Object:
        """Change a message of the bot; what is ``None`` stays, what is empty is removed. Needs ``discord:edit_message``."""
        params = with_optional(
            {"channel_id": str(channel_id), "message_id": str(message_id)},
            content=None if content is None else str(content),
            embeds=None if embeds is None else list(embeds),
            components=None if components is None else as_dicts(components),
            allowed_mentions=allowed_mentions,
        )
        return an_object(self._do("edit_message", params))

    def delete_message(self, *, channel_id: str, message_id: str) -> None:
        """Delete one message; needs ``discord:delete_message``."""
        self._do("delete_message", {"channel_id": str(channel_id), "message_id": str(message_id)})

    def bulk_delete_messages(self, *, channel_id: str, message_ids: list[str]) -> None:
        """Delete up to 100 messages younger than 14 days; needs ``discord:delete_message``."""
        ids = [str(message_id) for message_id in message_ids][:MESSAGES_PER_BULK]
        self._do("bulk_delete_messages", {"channel_id": str(channel_id), "message_ids": ids})

    def add_reaction(self, *, channel_id: str, message_id: str, emoji: str) -> None:
        """React with a Unicode emoji or ``name:id``; needs ``discord:add_reaction``."""
        self._do("add_reaction", {"channel_id": str(channel_id), "message_id": str(message_id), "emoji": str(emoji)})

    def pin_message(self, *, channel_id: str, message_id: str) -> None:
        """Pin a message; needs ``discord:edit_message`` (or ``discord:send_message``)."""
        self._do("pin_message", {"channel_id": str(channel_id), "message_id": str(message_id)})

    def unpin_message(self, *, channel_id: str, message_id: str) -> None:
        """Unpin a message; needs ``discord:edit_message`` (or ``discord:send_message``)."""
        self._do("unpin_message", {"channel_id": str(channel_id), "message_id": str(message_id)})

    def get_messages(
        self, *, channel_id: str, limit: int = 50, before: str | None = None, after: str | None = None
    ) -> list[Message]:
        """Return up to 50 messages, newest first; needs ``discord:read``."""
        params = with_optional(
            {"channel_id": str(channel_id), "limit": clamp(limit, 1, MESSAGES_PER_PAGE)},
            before=str(before) if before else None,
            after=str(after) if after else None,
        )
        return a_list(field(self._do("get_messages", params), "messages", None))

    def iter_messages(
        self, *, channel_id: str, batch_size: int = 50, before: str | None = None, after: str | None = None
    ) -> Iterator[Message]:
        """Yield message after message: from the newest (or *before*) backwards, or from *after* on forwards.

        Needs ``discord:read``; fetches up to 50 at a time, as they are asked for.
        """
        size = clamp(batch_size, 1, MESSAGES_PER_PAGE)
        cursor = after or before
        while True:
            here = {"after": cursor} if after else {"before": cursor}
            page = self.get_messages(channel_id=channel_id, limit=size, **here)
            yield from page
            ids = [message_id for message in page if (message_id := _snowflake(message)) is not None]
            following = str(max(ids) if after else min(ids)) if ids else None
            if len(page) < size or following is None or following == cursor:
                return
            cursor = following

    # --- the server: all of these need discord:read ---

    def get_guild(self) -> Guild:
        """Return the server."""
        guild: Guild = an_object(field(self._do("get_guild", {}), "guild", None))  # type: ignore[assignment]
        return guild

    def get_channel(self, *, channel_id: str) -> Channel:
        """Return one channel."""
        result = self._do("get_channel", {"channel_id": str(channel_id)})
        channel: Channel = an_object(field(result, "channel", None))  # type: ignore[assignment]
        return channel

    def list_channels(self) -> list[Channel]:
        """Return all channels."""
        return a_list(field(self._do("list_channels", {}), "channels", None))

    def get_member(self, *, user_id: str) -> Member:
        """Return one member."""
        result = self._do("get_member", {"user_id": str(user_id)})
        member: Member = an_object(field(result, "member", None))  # type: ignore[assignment]
        return member

    def list_members(self, *, role_id: str | None = None, limit: int = 100, after: str | None = None) -> list[Member]:
        """Return up to 100 members (with *role_id* only), by ascending id, those above *after* only."""
        params = with_optional(
            {"limit": clamp(limit, 1, MEMBERS_PER_PAGE)},
            role_id=str(role_id) if role_id else None,
            after=str(after) if after else None,
        )
        return a_list(field(self._do("list_members", params), "members", None))

    def search_members(self, query: str, *, limit: int = 25) -> list[Member]:
        """Return up to 25 members whose name begins with *query*."""
        params = {"query": str(query), "limit": clamp(limit, 1, MEMBERS_PER_SEARCH)}
        return a_list(field(self._do("search_members", params), "members", None))

    def list_roles(self) -> list[Role]:
        """Return all roles."""
        return a_list(field(self._do("list_roles", {}), "roles", None))

    # --- channels and threads: all of these need discord:manage_channels ---

    def create_channel(
        self,
        *,
        name: str,
        channel_type: int = 0,
        category_id: str | None = None,
        topic: str | None = None,
        user_limit: int | None = None,
    ) -> Object:
        """Create a channel (0 text, 2 voice, 4 category, 5 announcement, 13 stage, 15 forum) and return it."""
        params = with_optional(
            {"name": cut(name, NAME_LENGTH), "channel_type": int(channel_type)},
            category_id=str(category_id) if category_id else None,
            topic=None if topic is None else cut(topic, TOPIC_LENGTH),
            user_limit=None if user_limit is None else clamp(user_limit, 0, USERS_PER_VOICE_CHANNEL),
        )
        return an_object(self._do("create_channel", params))

    def edit_channel(
        self, *, channel_id: str, name: str | None = None, topic: str | None = None, user_limit: int | None = None
    ) -> Object:
        """Change what is not ``None`` and return the channel."""
        params = with_optional(
            {"channel_id": str(channel_id)},
            name=None if name is None else cut(name, NAME_LENGTH),
            topic=None if topic is None else cut(topic, TOPIC_LENGTH),
            user_limit=None if user_limit is None else clamp(user_limit, 0, USERS_PER_VOICE_CHANNEL),
        )
        return an_object(self._do("edit_channel", params))

    def delete_channel(self, *, channel_id: str) -> None:
        """Delete a channel."""
        self._do("delete_channel", {"channel_id": str(channel_id)})

    def set_channel_permissions(
        self, *, channel_id: str, target_id: str, allow: str = "0", deny: str = "0", target_type: int = 0
    ) -> None:
        """Set what a role (*target_type* 0) or a member (1) may do in a channel; bit sets as decimal strings."""
        params = {
            "channel_id": str(channel_id),
            "target_id": str(target_id),
            "allow": str(allow),
            "deny": str(deny),
            "target_type": int(target_type),
        }
        self._do("set_channel_permissions", params)

    def delete_channel_permission(self, *, channel_id: str, target_id: str) -> None:
        """Remove the exception for a role or member from a channel."""
        self._do("delete_channel_permission", {"channel_id": str(channel_id), "target_id": str(target_id)})

    def create_thread(
        self, *, channel_id: str, name: str, thread_type: int = 11, auto_archive_duration: int = 1440
    ) -> Object:
        """Create a thread (11 public, 12 private) and return it; *auto_archive_duration* in minutes."""
        params = {
            "channel_id": str(channel_id),
            "name": cut(name, NAME_LENGTH),
            "thread_type": int(thread_type),
            "auto_archive_duration": int(auto_archive_duration),
        }
        return an_object(field(self._do("create_thread", params), "thread", None))

    def edit_thread(
        self,
        *,
        thread_id: str,
        archived: bool | None = None,
        locked: bool | None = None,
        name: str | None = None,
        auto_archive_duration: int | None = None,
    ) -> None:
        """Change what is not ``None``."""
        params = with_optional(
            {"thread_id": str(thread_id)},
            archived=None if archived is None else bool(archived),
            locked=None if locked is None else bool(locked),
            name=None if name is None else cut(name, NAME_LENGTH),
            auto_archive_duration=None if auto_archive_duration is None else int(auto_archive_duration),
        )
        self._do("edit_thread", params)

    # --- members ---

    def timeout_member(self, *, user_id: str, duration_seconds: int, reason: str = "") -> None:
        """Silence a member for up to 28 days, 0 ends it; needs ``discord:moderate_members``."""
        params = {
            "user_id": str(user_id),
            "duration_seconds": clamp(duration_seconds, 0, LONGEST_TIMEOUT_SECONDS),
            "reason": cut(reason, REASON_LENGTH),
        }
        self._do("timeout_member", params)

    def set_nickname(self, *, user_id: str, nickname: str | None = None) -> None:
        """Set a member's nickname, ``None`` removes it; needs ``discord:moderate_members``."""
        name = None if nickname is None else cut(nickname, NICKNAME_LENGTH)
        self._do("set_nickname", {"user_id": str(user_id), "nickname": name})

    def kick_member(self, *, user_id: str, reason: str = "") -> None:
        """Remove a member, who may come back; needs ``discord:kick_members``."""
        self._do("kick_member", {"user_id": str(user_id), "reason": cut(reason, REASON_LENGTH)})

    def ban_member(self, *, user_id: str, reason: str = "", delete_message_seconds: int = 0) -> None:
        """Ban a user and delete their messages of up to 7 days; needs ``discord:ban_members``."""
        params = {
            "user_id": str(user_id),
            "reason": cut(reason, REASON_LENGTH),
            "delete_message_seconds": clamp(delete_message_seconds, 0, LONGEST_BAN_HISTORY_SECONDS),
        }
        self._do("ban_member", params)

    def unban_member(self, *, user_id: str) -> None:
        """Lift a ban; needs ``discord:ban_members``."""
        self._do("unban_member", {"user_id": str(user_id)})

    def add_role(self, *, user_id: str, role_id: str, reason: str = "") -> None:
        """Give a member a role; needs ``discord:manage_roles``."""
        params = {"user_id": str(user_id), "role_id": str(role_id), "reason": cut(reason, REASON_LENGTH)}
        self._do("add_role", params)

    def remove_role(self, *, user_id: str, role_id: str, reason: str = "") -> None:
        """Take a role from a member; needs ``discord:manage_roles``."""
        params = {"user_id": str(user_id), "role_id": str(role_id), "reason": cut(reason, REASON_LENGTH)}
        self._do("remove_role", params)

    # --- up to 25 members at once; a partial failure is no error but told in the result ---

    def add_role_bulk(self, *, user_ids: list[str], role_id: str, reason: str = "") -> Object:
        """Give members a role; needs ``discord:manage_roles``."""
        params = {"role_id": str(role_id), "reason": cut(reason, REASON_LENGTH)}
        return self._bulk("add_role_bulk", user_ids, params)

    def remove_role_bulk(self, *, user_ids: list[str], role_id: str, reason: str = "") -> Object:
        """Take a role from members; needs ``discord:manage_roles``."""
        params = {"role_id": str(role_id), "reason": cut(reason, REASON_LENGTH)}
        return self._bulk("remove_role_bulk", user_ids, params)

    def timeout_bulk(self, *, user_ids: list[str], duration_seconds: int, reason: str = "") -> Object:
        """Silence members; needs ``discord:moderate_members``."""
        params = {"duration_seconds": int(duration_seconds), "reason": cut(reason, REASON_LENGTH)}
        return self._bulk("timeout_bulk", user_ids, params)

    def kick_bulk(self, *, user_ids: list[str], reason: str = "") -> Object:
        """Remove members; needs ``discord:kick_members``."""
        return self._bulk("kick_bulk", user_ids, {"reason": cut(reason, REASON_LENGTH)})

    # --- webhooks ---

    def create_webhook(self, *, channel_id: str, name: str) -> Object:
        """Create a webhook and return its id and token; needs ``discord:manage_webhooks``."""
        params = {"channel_id": str(channel_id), "name": cut(name, WEBHOOK_NAME_LENGTH)}
        return an_object(field(self._do("create_webhook", params), "webhook", None))

    def execute_webhook(
        self,
        *,
        webhook_id: str,
        webhook_token: str,
        content: str = "",
        embeds: list[Object] | None = None,
        username: str | None = None,
        avatar_url: str | None = None,
    ) -> Object:
        """Send a message through a webhook and return its id; needs ``discord:send_message``."""
        params: Object = {"webhook_id": str(webhook_id), "webhook_token": str(webhook_token)}
        if content:
            params["content"] = str(content)
        if embeds:
            params["embeds"] = list(embeds)
        if username:
            params["username"] = cut(username, WEBHOOK_NAME_LENGTH)
        if avatar_url:
            params["avatar_url"] = str(avatar_url)
        return an_object(self._do("execute_webhook", params))

    def delete_webhook(self, *, webhook_id: str) -> None:
        """Delete a webhook; needs ``discord:manage_webhooks``."""
        self._do("delete_webhook", {"webhook_id": str(webhook_id)})


def _snowflake(message: Message) -> int | None:
    """Return the message's id as a number, by which ids are ordered."""
    text = str(message.get("id", "")) if isinstance(message, dict) else ""
    return int(text) if text.isdecimal() else None
