"""PostgreSQL's words in SQLite's: what can be said there with the same meaning. Everything else is ``NeedsTheLab``."""

from __future__ import annotations

import re

from .._statements import Token, statements

# Words and signs that mean something in PostgreSQL that plain SQLite cannot do, or does differently.
LAB_WORDS = frozenset("ARRAY INTERVAL LATERAL SIMILAR OVERLAPS TABLESAMPLE ROLLUP CUBE FETCH CONCURRENTLY XMAX SYMMETRIC COLLATE".split())
LAB_FUNCTIONS = frozenset(
    "ANY ALL SOME CAST EXTRACT UNNEST GENERATE_SERIES TO_CHAR DATE_TRUNC DATE_PART TO_TIMESTAMP AGE MAKE_INTERVAL GREATEST LEAST"
    " STRING_AGG ARRAY_AGG JSON_AGG JSONB_AGG BOOL_AND BOOL_OR CARDINALITY ARRAY_LENGTH ARRAY_APPEND ARRAY_REMOVE JSONB_SET"
    " TO_JSONB JSONB_BUILD_OBJECT JSONB_ARRAY_LENGTH JSONB_ARRAY_ELEMENTS JSONB_EACH TO_REGCLASS GEN_RANDOM_UUID"
    " REGEXP_REPLACE SPLIT_PART MD5 TRUNC PG_ADVISORY_XACT_LOCK PG_TRY_ADVISORY_XACT_LOCK".split()
)
LAB_SIGNS = frozenset(["::", "->", "->>", "#>", "#>>", "@>", "<@", "?", "?|", "?&", "~", "~*", "!~", "!~*", "[", "]", "^"])
LAB_PAIRS = frozenset([("DISTINCT", "ON"), ("FOR", "UPDATE"), ("FOR", "SHARE"), ("ADD", "CONSTRAINT"), ("ALTER", "COLUMN"), ("AT", "TIME"), ("ON", "CONSTRAINT")])
# Types whose values come back as something else than SQLite stores; they have a converter in ``_sql``.
TYPES = {
    "BOOLEAN": "MMO_BOOLEAN", "BOOL": "MMO_BOOLEAN", "JSONB": "MMO_JSON", "JSON": "MMO_JSON", "TIMESTAMPTZ": "MMO_TIME",
    "TIMESTAMP": "MMO_TIME", "NUMERIC": "MMO_NUMERIC", "DECIMAL": "MMO_NUMERIC",
}  # fmt: skip
SERIAL = frozenset(["SERIAL", "BIGSERIAL", "SMALLSERIAL"])
# In a list of results these make true and false, which SQLite has not.
TRUTH_WORDS = frozenset(["IS", "IN", "LIKE", "ILIKE", "EXISTS", "NOT", "AND", "OR", "BETWEEN", "TRUE", "FALSE"])
TRUTH_SIGNS = frozenset(["=", "<>", "!=", "<", ">", "<=", ">="])
# Whatever stands in their brackets, a number comes out.
NUMBERS = frozenset(["COUNT", "SUM", "AVG", "LENGTH", "ROUND", "ABS", "ROW_NUMBER", "RANK", "DENSE_RANK"])
ENDS_ORDER = frozenset(["LIMIT", "OFFSET", "ROWS", "RANGE", "GROUPS", "UNION", "INTERSECT", "EXCEPT", "RETURNING", "FETCH"])
ENDS_LIST = frozenset(["FROM", "WHERE", "GROUP", "ORDER", "LIMIT", "UNION", "INTERSECT", "EXCEPT", "HAVING", "OFFSET", "WINDOW"])


class NeedsTheLab(Exception):
    """A statement that only the real host can answer; the text names the part."""


class BadParameters(Exception):
    """Placeholders and params that do not fit."""


def translated(sql: str, count: int) -> list[tuple[str, list[int]]]:
    """Return each statement in SQLite's words, and which of *count* params go with its ``?`` in order."""
    return [_Statement(statement, count).result() for statement in statements(sql)]


class _Statement:
    def __init__(self, tokens: list[Token], count: int) -> None:
        self.tokens = tokens
        self.words = [token.text.upper() if token.kind == "word" else "" for token in tokens]
        self.before = [""] * (len(tokens) + 1)  # what is put before a token
        self.count = count

    def result(self) -> tuple[str, list[int]]:
        self._refuse()
        order = self._parameters()
        self._labels()
        self._order()
        parts = [before + self._text(position) for position, before in enumerate(self.before[:-1])]
        return " ".join(part for part in [*parts, self.before[-1]] if part), order

    def _word(self, position: int) -> str:
        return self.words[position] if 0 <= position < len(self.words) else ""

    def _sign(self, position: int, text: str) -> bool:
        return 0 <= position < len(self.tokens) and self.tokens[position].kind == "sign" and self.tokens[position].text == text

    def _refuse(self) -> None:
        for position, token in enumerate(self.tokens):
            word = self.words[position]
            pair = (word, self._word(position + 1))
            if (token.kind == "sign" and token.text in LAB_SIGNS) or token.kind == "dollar" or pair in LAB_PAIRS:
                raise NeedsTheLab(" ".join(pair) if pair in LAB_PAIRS else token.text[:20])
            function = word in LAB_FUNCTIONS and self._sign(position + 1, "(")
            if function or (word in LAB_WORDS and not self._sign(position - 1, ".")):
                raise NeedsTheLab(token.text)
            if token.kind == "text" and token.text[0] in "eE":
                raise NeedsTheLab("E'…'")

    def _parameters(self) -> list[int]:
        found = [token.text for token in self.tokens if token.kind == "parameter"]
        numbered = [int(text[1:]) for text in found if text[0] == "$"]
        if numbered and len(numbered) != len(found):
            raise BadParameters("$1 and %s cannot stand in one statement")
        if numbered:
            if min(numbered) < 1 or max(numbered) != self.count:
                raise BadParameters(f"the statement needs {max(numbered)} params, {self.count} were given")
            return [number - 1 for number in numbered]
        if len(found) != self.count:
            raise BadParameters(f"the statement needs {len(found)} params, {self.count} were given")
        return list(range(len(found)))

    def _text(self, position: int) -> str:
        token, word = self.tokens[position], self.words[position]
        if token.kind == "parameter":
            return "?"
        if token.kind == "name":  # in brackets SQLite never takes it for a text
            inside = token.text[1:-1].replace('""', '"')
            if "]" in inside:
                raise NeedsTheLab(token.text)
            return f"[{inside}]"
        if token.kind == "text" and self.count:
            return token.text.replace("%%", "%") if any(t.text.startswith("%") for t in self.tokens if t.kind == "parameter") else token.text
        if word == "ILIKE":
            return "GLOB"
        if word == "NOW" and self._sign(position + 1, "(") and self._sign(position + 2, ")"):
            return self._now(position)
        if word == "CURRENT_TIMESTAMP":
            return self._now(position, "mmo_now()")
        if self.words[0] == "CREATE" and self._word(1) == "TABLE" or self.words[:2] == ["ALTER", "TABLE"]:
            return self._in_table(position)
        return token.text

    def _now(self, position: int, text: str = "mmo_now") -> str:
        if self._word(position - 1) != "DEFAULT":
            return text
        if text.endswith(")"):
            return f"({text})"
        # DEFAULT wants brackets around a call: the call's own are used up with it.
        self.tokens[position + 1] = self.tokens[position + 1]._replace(text="")
        self.tokens[position + 2] = self.tokens[position + 2]._replace(text="")
        return "(mmo_now())"

    def _in_table(self, position: int) -> str:
        word = self.words[position]
        if word in SERIAL:
            if self._word(position + 1) != "PRIMARY":
                raise NeedsTheLab(f"{word} that is no primary key")
            self.before[position + 3] += " AUTOINCREMENT "
            return "INTEGER"
        if word == "GENERATED":
            raise NeedsTheLab("GENERATED")
        is_type = self.tokens[position - 1].kind in ("word", "name") and self._word(position - 1) not in ("TABLE", "EXISTS", "COLUMN")
        return TYPES[word] if word in TYPES and is_type else self.tokens[position].text

    def _labels(self) -> None:
        """Give each result the name it has in PostgreSQL."""
        if self.words[0] == "WITH":
            raise NeedsTheLab("WITH")
        start = 1 if self.words[0] == "SELECT" else self.words.index("RETURNING") + 1 if "RETURNING" in self.words else 0
        if not start:
            return
        if self._word(start) in ("DISTINCT", "ALL"):
            start += 1
        depth, first = 0, start
        for position in range(start, len(self.tokens) + 1):
            at_end = position == len(self.tokens)
            depth += 0 if at_end else self._sign(position, "(") - self._sign(position, ")")
            if at_end or (depth == 0 and (self._sign(position, ",") or self.words[position] in ENDS_LIST)):
                self._label(first, position)
                first = position + 1
                if at_end or self.words[position] in ENDS_LIST:
                    return

    def _label(self, start: int, end: int) -> None:
        item = self.tokens[start:end]
        words = self.words[start:end]
        if not item:
            return
        case = words[0] == "CASE"
        number = words[0] in NUMBERS and self._is_call(start, self._named_from(start, end))
        if not case and not number and any(
            words[n] in TRUTH_WORDS or (item[n].kind == "sign" and item[n].text in TRUTH_SIGNS) for n in range(len(item))
        ):
            raise NeedsTheLab("true and false as a result")
        is_column = len(item) <= 3 and item[-1].kind in ("word", "name") and all(t.text == "." for t in item[1:-1])
        named = len(item) > 1 and (words[-2] == "AS" or (item[-1].kind in ("word", "name") and item[-2].text != "." and words[-1] != "END"))
        if item[-1].text == "*" or named:
            return
        if is_column:
            label = item[-1].text.lower() if item[-1].kind == "word" else item[-1].text[1:-1]
        elif case:
            label = "case"
        elif self._is_call(start, end):
            label = item[0].text.lower()
        else:
            label = "?column?"
        self.before[end] = f" AS [{label}] " + self.before[end]

    def _named_from(self, start: int, end: int) -> int:
        """Return where the name that an item is given begins, else its end."""
        return end - 2 if end - start > 2 and self._word(end - 2) == "AS" else end

    def _is_call(self, start: int, end: int) -> bool:
        """Whether an item is one call, with its window or filter if it has one."""
        if self.tokens[start].kind != "word" or not self._sign(start + 1, "("):
            return False
        after = self._closes(start + 1) + 1
        return after == end or self._word(after) in ("OVER", "FILTER")

    def _closes(self, position: int) -> int:
        depth = 0
        for other in range(position, len(self.tokens)):
            depth += self._sign(other, "(") - self._sign(other, ")")
            if depth == 0:
                return other
        return -1

    def _order(self) -> None:
        """Put missing values last, or first going down, as PostgreSQL does."""
        for start in range(len(self.tokens)):
            if self.words[start] != "ORDER" or self._word(start + 1) != "BY":
                continue
            depth, first = 0, start + 2
            for position in range(start + 2, len(self.tokens) + 1):
                at_end = position == len(self.tokens) or (depth == 0 and (self._sign(position, ")") or self.words[position] in ENDS_ORDER))
                if at_end or (depth == 0 and self._sign(position, ",")):
                    if "NULLS" not in self.words[first:position]:
                        self.before[position] = (" NULLS FIRST " if "DESC" in self.words[first:position] else " NULLS LAST ") + self.before[position]
                    first = position + 1
                if at_end:
                    break
                depth += self._sign(position, "(") - self._sign(position, ")")


def ilike(pattern: object, text: object) -> bool | None:
    """``text ILIKE pattern``."""
    return like(str(pattern).lower(), str(text).lower()) if pattern is not None and text is not None else None


def like(pattern: object, text: object) -> bool | None:
    """``text LIKE pattern``: case counts, a backslash makes the next character plain."""
    if pattern is None or text is None:
        return None
    parts = re.findall(r"\\.|[^\\]", str(pattern), re.DOTALL)
    regular = "".join({"%": ".*", "_": "."}.get(part, re.escape(part[-1])) for part in parts)
    return re.fullmatch(regular, str(text), re.DOTALL) is not None
