"""JSON as it goes to the host: one line, ASCII, strict; ordinary Python values that JSON lacks are translated."""

from __future__ import annotations

import json
import re
import sys

from ._exceptions import ValidationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_LINE_BYTES = 16 * 1024 * 1024
# A larger integral Decimal, such as Decimal("1E+999999"), would not fit into memory as a number.
MAX_DECIMAL_DIGITS = 30

_SURROGATES = re.compile(r"\\\\|\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u[dD][89a-fA-F]..")


def encode(message: dict[str, Any]) -> bytes:
    """Return *message* as one line.

    Dates and times become ISO 8601 (a naive ``datetime`` is UTC), ``Decimal`` a number if integral and else a string,
    ``UUID`` a string, ``bytes`` Base64, sets and tuples lists. Anything else, NaN and infinity are a ``ValidationError``.
    """
    try:
        text = _encode(message)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValidationError(f"a value cannot be sent to the host as JSON: {error}") from error
    if "\\ud" in text:
        text = _SURROGATES.sub(_without_lone_surrogate, text)
    if len(text) >= MAX_LINE_BYTES:
        raise ValidationError(f"the call is {len(text)} bytes long; the host reads at most {MAX_LINE_BYTES}")
    return (text + "\n").encode("ascii")


def _without_lone_surrogate(found: re.Match[str]) -> str:
    """Keep escaped backslashes and surrogate pairs; half a pair is no character and no strict parser reads it."""
    text = found[0]
    return "\\ufffd" if len(text) == 6 else text


def _translated(value: Any) -> Any:
    """Return what stands for *value* in JSON; called for the types that the encoder does not know."""
    if isinstance(value, (set, frozenset)):
        try:
            return sorted(value)
        except TypeError:
            return list(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        from base64 import b64encode

        return b64encode(value).decode("ascii")
    # Only a plugin that has imported these modules can have such values; the SDK does not load them for nothing.
    times = sys.modules.get("datetime")
    if times is not None:
        if isinstance(value, times.datetime):
            return (value if value.tzinfo else value.replace(tzinfo=times.timezone.utc)).isoformat()
        if isinstance(value, (times.date, times.time)):
            return value.isoformat()
    decimals = sys.modules.get("decimal")
    if decimals is not None and isinstance(value, decimals.Decimal):
        if not value.is_finite():
            raise ValueError(f"{value} is not a number JSON knows")
        integral = value.adjusted() < MAX_DECIMAL_DIGITS and value == value.to_integral_value()
        return int(value) if integral else str(value)
    uuids = sys.modules.get("uuid")
    if uuids is not None and isinstance(value, uuids.UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not a type JSON knows")


_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False, default=_translated).encode
