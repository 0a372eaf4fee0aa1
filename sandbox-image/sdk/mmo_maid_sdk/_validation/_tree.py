"""Python's own parser on a hostile source: it ends in a tree that is not too large, or in a ``SourceError``."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings

from ._limits import SOURCE_TOKENS

# Encodings that decode in linear time and hide nothing from the rules that look at bytes.
ENCODINGS = re.compile(r"utf-8(?:-sig)?|ascii|us-ascii|iso-?8859-\d{1,2}|latin-?\d{1,2}|(?:cp|windows-?)125\d")
TOKEN = re.compile(rb"\w+|[^\s\w]")


class SourceError(Exception):
    """Why a source cannot be checked."""

    def __init__(self, message: str, line: int | None = None, *, code: str = "syntax_error", hint: str | None = None) -> None:
        super().__init__(message)
        self.line = line if line and line > 0 else None
        self.code = code
        self.hint = hint


def parse(data: bytes) -> ast.Module:
    """Return the syntax tree."""
    if len(data) > SOURCE_TOKENS and sum(1 for _ in TOKEN.finditer(data)) > SOURCE_TOKENS:
        hint = "Put data into a file of its own, for example JSON, and read it."
        raise SourceError(f"more than {SOURCE_TOKENS} words and signs", code="source_too_large", hint=hint)
    text = _decoded(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the plugin's escapes; they are the author's business
            return ast.parse(text)
    except SyntaxError as error:
        raise SourceError(str(error.msg), error.lineno, hint="Python cannot read the file as it is.") from None
    except (RecursionError, MemoryError):
        raise SourceError("the source is nested too deeply") from None
    except ValueError as error:  # NUL bytes
        raise SourceError(str(error)) from None


def _decoded(data: bytes) -> str:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        raise SourceError(str(error.msg), 1, hint="Save the file as UTF-8.") from None
    if not ENCODINGS.fullmatch(encoding.lower().replace("_", "-")):
        raise SourceError(f"the encoding {encoding!r} is not read here", 1, hint="Save the file as UTF-8.")
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        line = data[: error.start].count(b"\n") + 1 if isinstance(error, UnicodeDecodeError) else 1
        raise SourceError(f"the file is not {encoding}: {error}", line, hint="Save the file as UTF-8.") from None
