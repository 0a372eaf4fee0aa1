"""``ctx.discord`` and ``ctx.interaction`` of the mock: lists of what was done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .._discord import Discord
from .._exceptions import ValidationError
from .._interaction import Interaction
from ._recording import Check, Recorder, given, mock_of

Object = dict[str, Any]


class _Recorders:
    """The lists, one entry a call, in order."""

    def __init__(self) -> None:
        self.messages_sent: list[Object] = []
        self.messages_edited: list[Object] = []
        self.messages_deleted: list[Object] = []
        self.messages_pinned: list[Object] = []
        self.messages_unpinned: list[Object] = []
        self.reactions_added: list[Object] = []
        self.roles_added: list[Object] = []
        self.roles_removed: list[Object] = []
        self.members_banned: list[Object] = []
        self.members_unbanned: list[Object] = []
        self.members_kicked: list[Object] = []
        self.members_timed_out: list[Object] = []
        self.nicknames_set: list[Object] = []
        self.channels_created: list[Object] = []
        self.channels_edited: list[Object] = []
        self.channels_deleted: list[Object] = []
        self.threads_created: list[Object] = []
        self.threads_edited: list[Object] = []
        self.permissions_set: list[Object] = []
        self.permissions_deleted: list[Object] = []
        self.webhooks_created: list[Object] = []
        self.webhooks_executed: list[Object] = []
        self.webhooks_deleted: list[Object] = []


@mock_of(Discord, "discord")
class MockDiscord(_Recorders, Recorder, Discord):
    """Records what a plugin does in Discord and answers with plain stand-ins."""

    def __init__(self, check: Check) -> None:
        super().__init__()
        self._check = check
        self._messages: list[Object] = []

    def set_messages(self, messages: list[Object]) -> None:
        """Set what ``get_messages`` and ``iter_messages`` find."""
        self._messages = list(messages)

    def _send_message(self, **arguments: Any) -> Object:
        parts = ("content", "embeds", "components", "files")
        if not any(arguments[part] for part in parts):
            raise ValidationError("content is required and must be set, or embeds, components or files")
        message_id = str(len(self.messages_sent) + 1)
        self.messages_sent.append({**arguments, "message_id": message_id})
        return {"ok": True, "message_id": message_id, "channel_id": arguments["channel_id"]}

    def _edit_message(self, **arguments: Any) -> Object:
        self.messages_edited.append(arguments)
        return {"ok": True}

    def _delete_message(self, **arguments: Any) -> None:
        self.messages_deleted.append(arguments)

    def _bulk_delete_messages(self, channel_id: str, message_ids: list[str]) -> None:
        self.messages_deleted += [{"channel_id": channel_id, "message_id": message_id} for message_id in message_ids]

    def _add_reaction(self, **arguments: Any) -> None:
        self.reactions_added.append(arguments)

    def _pin_message(self, **arguments: Any) -> None:
        self.messages_pinned.append(arguments)

    def _unpin_message(self, **arguments: Any) -> None:
        self.messages_unpinned.append(arguments)

    def _get_messages(self, channel_id: str, limit: int, before: str | None, after: str | None) -> list[Object]:
        found = sorted(self._messages, key=_id, reverse=True)
        if before:
            found = [message for message in found if _id(message) < int(before)]
        limit = max(1, min(int(limit), 50))
        if after:
            found = [message for message in found if _id(message) > int(after)]
            return found[-limit:]
        return found[:limit]

    def _iter_messages(
        self, channel_id: str, batch_size: int, before: str | None, after: str | None
    ) -> Iterator[Object]:
        found = sorted(self._messages, key=_id, reverse=not after)
        for message in found:
            if (not before or _id(message) < int(before)) and (not after or _id(message) > int(after)):
                yield message

    def _get_guild(self) -> Object:
        return {
            "id": "999",
            "name": "Test Server",
            "icon": None,
            "member_count": 100,
            "premium_tier": 0,
            "features": [],
            "owner_id": "1",
        }

    def _get_channel(self, channel_id: str) -> Object:
        return {"id": channel_id, "name": f"channel-{channel_id}", "type": 0}

    def _list_channels(self) -> list[Object]:
        return [{"id": "1", "name": "general", "type": 0, "parent_id": None, "position": 0}]

    def _get_member(self, user_id: str) -> Object:
        return {
            "user_id": user_id,
            "username": f"user_{user_id}",
            "display_name": f"User {user_id}",
            "roles": [],
            "bot": False,
        }

    def _list_members(self, **arguments: Any) -> list[Object]:
        return []

    def _search_members(self, **arguments: Any) -> list[Object]:
        return []

    def _list_roles(self) -> list[Object]:
        return [{"id": "1", "name": "@everyone", "color": 0, "position": 0, "permissions": "0"}]

    def _create_channel(self, name: str, channel_type: int, **arguments: Any) -> Object:
        number = 100 + len(self.channels_created)
        self.channels_created.append({"id": str(number), "name": name, "type": channel_type, **given(**arguments)})
        return dict(self.channels_created[-1])

    def _edit_channel(self, channel_id: str, **arguments: Any) -> Object:
        self.channels_edited.append({"channel_id": channel_id, **given(**arguments)})
        return {"id": channel_id, **given(**arguments), "ok": True}

    def _delete_channel(self, **arguments: Any) -> None:
        self.channels_deleted.append(arguments)

    def _set_channel_permissions(self, **arguments: Any) -> None:
        self.permissions_set.append(arguments)

    def _delete_channel_permission(self, **arguments: Any) -> None:
        self.permissions_deleted.append(arguments)

    def _create_thread(self, channel_id: str, name: str, thread_type: int, auto_archive_duration: int) -> Object:
        number = 200 + len(self.threads_created)
        self.threads_created.append({"id": str(number), "name": name, "type": thread_type, "archived": False})
        return dict(self.threads_created[-1])

    def _edit_thread(self, thread_id: str, **arguments: Any) -> None:
        self.threads_edited.append({"thread_id": thread_id, **given(**arguments)})

    def _timeout_member(self, **arguments: Any) -> None:
        self.members_timed_out.append(arguments)

    def _set_nickname(self, **arguments: Any) -> None:
        self.nicknames_set.append(arguments)

    def _kick_member(self, **arguments: Any) -> None:
        self.members_kicked.append(arguments)

    def _ban_member(self, user_id: str, reason: str, delete_message_seconds: int) -> None:
        entry: Object = {"user_id": user_id, "reason": reason}
        if delete_message_seconds:
            entry["delete_message_seconds"] = delete_message_seconds
        self.members_banned.append(entry)

    def _unban_member(self, **arguments: Any) -> None:
        self.members_unbanned.append(arguments)

    def _add_role(self, **arguments: Any) -> None:
        self.roles_added.append(arguments)

    def _remove_role(self, **arguments: Any) -> None:
        self.roles_removed.append(arguments)

    def _add_role_bulk(self, user_ids: list[str], **arguments: Any) -> Object:
        return _each(self.roles_added, user_ids, arguments)

    def _remove_role_bulk(self, user_ids: list[str], **arguments: Any) -> Object:
        return _each(self.roles_removed, user_ids, arguments)

    def _timeout_bulk(self, user_ids: list[str], **arguments: Any) -> Object:
        return _each(self.members_timed_out, user_ids, arguments)

    def _kick_bulk(self, user_ids: list[str], **arguments: Any) -> Object:
        return _each(self.members_kicked, user_ids, arguments)

    def _create_webhook(self, channel_id: str, name: str) -> Object:
        number = 300 + len(self.webhooks_created)
        entry = {"id": str(number), "token": "mock_token", "channel_id": channel_id, "name": name}
        self.webhooks_created.append(entry)
        return dict(entry)

    def _execute_webhook(
        self, webhook_id: str, webhook_token: str, content: str, embeds: Any, username: Any, avatar_url: Any
    ) -> Object:
        entry = {"webhook_id": webhook_id, "content": content, "embeds": embeds, "username": username}
        self.webhooks_executed.append(entry)
        return {"message_id": str(len(self.webhooks_executed))}

    def _delete_webhook(self, **arguments: Any) -> None:
        self.webhooks_deleted.append(arguments)


@mock_of(Interaction, "interaction")
class MockInteraction(Recorder, Interaction):
    """Records the answers to interactions."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self.responses: list[Object] = []
        self.defers: list[Object] = []
        self.followups: list[Object] = []
        self.modals_sent: list[Object] = []

    def _respond(self, **arguments: Any) -> None:
        self.responses.append(arguments)

    def _defer(self, **arguments: Any) -> None:
        self.defers.append(arguments)

    def _followup(self, **arguments: Any) -> Object:
        message_id = str(len(self.followups) + 1)
        self.followups.append({**arguments, "message_id": message_id})
        return {"message_id": message_id, "channel_id": ""}

    def _send_modal(self, **arguments: Any) -> None:
        self.modals_sent.append(arguments)


def _id(message: Object) -> int:
    return int(message.get("id") or 0)


def _each(recorder: list[Object], user_ids: list[str], arguments: Object) -> Object:
    """Record one entry for each user of a bulk call."""
    recorder += [{"user_id": user_id, **arguments} for user_id in user_ids]
    return {"success": len(user_ids), "failed": 0, "errors": []}
