"""``MockContext``: stands in for the context that handlers get."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ._clock import MockClock
from ._discord import MockDiscord, MockInteraction
from ._ephemeral import MockEphemeral
from ._kv import MockKV
from ._rules import ALL_CAPABILITIES, Bucket, check_capability, check_ids
from ._services import MockHttp, MockMetrics, MockSecrets, MockWebSockets
from ._sql import MockSql

Object = dict[str, Any]
Entries = list[Object]

# More users than these the SDK does not send.
BULK_USERS = 25
_COST_BY_USER = ("add_role_bulk", "remove_role_bulk", "timeout_bulk", "kick_bulk")


class MockContext:
    """Records everything a handler does, in the lists of its services and under the shortcuts below.

    *capabilities* of ``None`` means all; an explicit list, also an empty one, is honoured. With *strict_capabilities*
    a call without its capability raises ``CapabilityError``. With *lenient* neither quotas nor rate limits are enforced
    and SQL is recorded only.
    """

    def __init__(
        self,
        server_id: str = "999999999",
        plugin_id: str = "test_plugin",
        version: str = "1.0.0",
        capabilities: Iterable[str] | None = None,
        clock: MockClock | None = None,
        strict_capabilities: bool = True,
        *,
        lenient: bool = False,
    ) -> None:
        self.server_id = server_id
        self.plugin_id = plugin_id
        self.version = version
        self.capabilities = set(ALL_CAPABILITIES if capabilities is None else capabilities)
        self.strict_capabilities = strict_capabilities
        self.clock = clock or MockClock()
        self.log_entries: Entries = []
        self._current_interaction_id = ""
        self._lenient = lenient
        self._buckets = {name: Bucket(name, self.clock) for name in ("discord", "proxy")}
        self.kv = MockKV(self._check, self.clock, lenient=lenient)
        self.ephemeral = MockEphemeral(self.clock, lenient=lenient)
        self.discord = MockDiscord(self._check)
        self.interaction = MockInteraction(self._check)
        self.http = MockHttp(self._check)
        self.ws = MockWebSockets(self._check)
        self.metrics = MockMetrics(self._check, lenient=lenient)
        self.secrets = MockSecrets(self._check, lenient=lenient)
        self.sql = MockSql(self._check, self.clock, lenient=lenient)

    def _check(self, service: str, method: str, arguments: Object) -> None:
        """Raise what the host would answer instead of doing the call."""
        if self.strict_capabilities:
            check_capability(self.capabilities, service, method)
        if self._lenient:
            return
        if service == "discord":
            check_ids(method, arguments)
            self._buckets["discord"].take(min(len(arguments["user_ids"]), BULK_USERS) if method in _COST_BY_USER else 1)
        elif service == "http" and method in ("request", "get", "post"):
            self._buckets["proxy"].take()

    @property
    def request_id(self) -> str:
        """The interaction's id, if the test has set one."""
        return self._current_interaction_id or ""

    def has_capability(self, cap: str) -> bool:
        """Return whether *cap* is among the capabilities."""
        return cap in self.capabilities

    def log(self, message: str, *, level: str = "info", tags: list[str] | None = None, **extra: Any) -> None:
        """Record a log line in ``log_entries``."""
        self.log_entries.append({"message": message, "level": level, "tags": list(tags or []), **extra})

    # --- shortcuts to the lists of the services ---

    @property
    def messages_sent(self) -> Entries:
        """The same list as ``ctx.discord.messages_sent``."""
        return self.discord.messages_sent

    @property
    def messages_edited(self) -> Entries:
        """The same list as ``ctx.discord.messages_edited``."""
        return self.discord.messages_edited

    @property
    def messages_deleted(self) -> Entries:
        """The same list as ``ctx.discord.messages_deleted``."""
        return self.discord.messages_deleted

    @property
    def messages_pinned(self) -> Entries:
        """The same list as ``ctx.discord.messages_pinned``."""
        return self.discord.messages_pinned

    @property
    def messages_unpinned(self) -> Entries:
        """The same list as ``ctx.discord.messages_unpinned``."""
        return self.discord.messages_unpinned

    @property
    def reactions_added(self) -> Entries:
        """The same list as ``ctx.discord.reactions_added``."""
        return self.discord.reactions_added

    @property
    def roles_added(self) -> Entries:
        """The same list as ``ctx.discord.roles_added``."""
        return self.discord.roles_added

    @property
    def roles_removed(self) -> Entries:
        """The same list as ``ctx.discord.roles_removed``."""
        return self.discord.roles_removed

    @property
    def members_banned(self) -> Entries:
        """The same list as ``ctx.discord.members_banned``."""
        return self.discord.members_banned

    @property
    def members_unbanned(self) -> Entries:
        """The same list as ``ctx.discord.members_unbanned``."""
        return self.discord.members_unbanned

    @property
    def members_kicked(self) -> Entries:
        """The same list as ``ctx.discord.members_kicked``."""
        return self.discord.members_kicked

    @property
    def members_timed_out(self) -> Entries:
        """The same list as ``ctx.discord.members_timed_out``."""
        return self.discord.members_timed_out

    @property
    def modals_sent(self) -> Entries:
        """The same list as ``ctx.interaction.modals_sent``."""
        return self.interaction.modals_sent

    @property
    def kv_writes(self) -> Entries:
        """The same list as ``ctx.kv.writes``."""
        return self.kv.writes

    @property
    def log_lines(self) -> list[str]:
        """The texts of all log lines."""
        return [entry["message"] for entry in self.log_entries]
