"""JSON as it goes over the wire: one line, ASCII, strict; ordinary Python values that JSON lacks are translated.

The package ``json`` is a thin shell around the C module ``_json``, but one that brings ``re`` and ``enum`` along: a
third of an idle worker's start and half a megabyte of its memory. So the C module is used where it is as expected.
"""

from __future__ import annotations

import sys

from ._exceptions import ValidationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

MAX_LINE_BYTES = 16 * 1024 * 1024
# A larger integral Decimal, such as Decimal("1E+999999"), would not fit into memory as a number.
MAX_DECIMAL_DIGITS = 30

_SURROGATES = r"\\\\|\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u[dD][89a-fA-F].."


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
        text = _without_lone_surrogates(text)
    if len(text) >= MAX_LINE_BYTES:
        raise ValidationError(f"the call is {len(text)} bytes long; the host reads at most {MAX_LINE_BYTES}")
    return (text + "\n").encode("ascii")


def decode(line: bytes) -> dict[str, Any] | None:
    """Return the object on one line of the host, or ``None`` if it is anything else."""
    try:
        text = line.decode("utf-8", "replace").strip()
        message, end = _scan(text, 0)
    except (ValueError, StopIteration, RecursionError, MemoryError):
        return None
    return message if isinstance(message, dict) and end == len(text) else None


def _without_lone_surrogates(text: str) -> str:
    """Keep escaped backslashes and surrogate pairs; half a pair is no character and no strict parser reads it."""
    import re

    return re.sub(_SURROGATES, lambda found: "\\ufffd" if len(found[0]) == 6 else found[0], text)


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


class _Scanning:
    """What the C scanner wants to know: plain JSON, into plain Python values."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int

    @staticmethod
    def parse_constant(name: str) -> Any:
        raise ValueError(f"{name} is not JSON")


def _with_c_module() -> tuple[Callable[[Any], str], Callable[[str, int], tuple[Any, int]]]:
    from _json import encode_basestring_ascii, make_encoder, make_scanner

    def to_text(value: Any) -> str:
        # A dictionary of its own for each call is what finds circular references.
        encoder = make_encoder({}, _translated, encode_basestring_ascii, None, ":", ",", False, False, False)
        return "".join(encoder(value, 0))

    scan = make_scanner(_Scanning())  # type: ignore[arg-type]
    if to_text({"a": [1, "\n"]}) != '{"a":[1,"\\n"]}' or scan("[1.5]", 0) != ([1.5], 5):
        raise ImportError("_json is not as expected")
    return to_text, scan


def _with_package() -> tuple[Callable[[Any], str], Callable[[str, int], tuple[Any, int]]]:
    import json

    decoder = json.JSONDecoder(parse_constant=_Scanning.parse_constant)
    encoder = json.JSONEncoder(separators=(",", ":"), allow_nan=False, default=_translated)
    return encoder.encode, decoder.raw_decode


try:
    _encode, _scan = _with_c_module()
except (ImportError, TypeError, AttributeError):
    _encode, _scan = _with_package()
