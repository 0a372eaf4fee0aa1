"""``ctx.secrets``: tokens and passwords that the host keeps encrypted."""

from __future__ import annotations

from ._rpc import field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._rpc import Rpc


class Secrets:
    """Reached as ``ctx.secrets``; needs the ``storage:secrets`` capability."""

    __slots__ = ("_rpc",)

    def __init__(self, transport: Rpc) -> None:
        self._rpc = transport

    def get(self, key: str) -> str | None:
        """Return this server's secret, else the owner's default, else ``None``."""
        value: str | None = field(self._rpc.call("secrets.get", {"key": str(key)}), "value", None)
        return value

    def set(self, key: str, value: str) -> None:
        """Store a secret of this server: at most 4096 characters."""
        self._rpc.call("secrets.set", {"key": str(key), "value": str(value)})

    def delete(self, key: str) -> None:
        """Remove this server's secret."""
        self._rpc.call("secrets.del", {"key": str(key)})
