"""Five-field cron specifications, in UTC."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day-of-month", 1, 31), ("month", 1, 12), ("day-of-week", 0, 6))
# Long enough to find the 29th of February from anywhere, even across a century without one.
HORIZON_DAYS = 8 * 366 + 1


class CronSpec:
    """A parsed specification: which minutes it matches."""

    __slots__ = ("days", "days_restricted", "hours", "minutes", "months", "raw", "weekdays", "weekdays_restricted")

    def __init__(self, spec: str) -> None:
        if not isinstance(spec, str):
            raise ValueError("cron spec must be a string of five fields")
        fields = spec.split()
        if len(fields) != len(FIELDS):
            raise ValueError(f"cron spec must have exactly 5 fields (minute hour day-of-month month day-of-week): {spec!r}")
        self.raw = spec
        values = [parse_field(text, name, low, high) for text, (name, low, high) in zip(fields, FIELDS)]
        self.minutes, self.hours, self.days, self.months, self.weekdays = values
        self.days_restricted = len(self.days) < 31
        self.weekdays_restricted = len(self.weekdays) < 7
        if self.next_after(_epoch()) is None:
            raise ValueError(f"cron spec never fires: {spec!r} names no day of the calendar")

    def matches_day(self, moment: datetime) -> bool:
        """Whether the rules for days, weekdays and months allow the day of *moment*."""
        if moment.month not in self.months:
            return False
        in_days = moment.day in self.days
        in_weekdays = moment.isoweekday() % 7 in self.weekdays
        if self.days_restricted and self.weekdays_restricted:
            return in_days or in_weekdays
        return in_days and in_weekdays

    def next_after(self, moment: datetime) -> datetime | None:
        """Return the first matching minute strictly after *moment*; ``None`` if there is none for years."""
        from datetime import timedelta

        start = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
        midnight = start.replace(hour=0, minute=0)
        for offset in range(HORIZON_DAYS):
            day = midnight + timedelta(days=offset)
            if not self.matches_day(day):
                continue
            for hour in sorted(self.hours):
                for minute in sorted(self.minutes):
                    candidate = day.replace(hour=hour, minute=minute)
                    if candidate >= start:
                        return candidate
        return None


def parse_field(text: str, name: str, low: int, high: int) -> frozenset[int]:
    """Return the values that one field allows: a comma list of ``*``, ``*/S``, ``N``, ``N-M`` and ``N-M/S``."""
    values: set[int] = set()
    for part in text.split(","):
        base, slash, step_text = part.partition("/")
        step = _number(step_text, name, part) if slash else 1
        if step < 1:
            raise ValueError(f"cron {name} field: step must be at least 1: {part!r}")
        if base == "*":
            first, last = low, high
        else:
            first_text, dash, last_text = base.partition("-")
            first = _number(first_text, name, part)
            last = _number(last_text, name, part) if dash else first
        if not low <= first <= last <= high:
            raise ValueError(f"cron {name} field: {part!r} is outside {low}-{high}")
        values.update(range(first, last + 1, step))
    return frozenset(values)


def _number(text: str, name: str, part: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 4:
        raise ValueError(f"cron {name} field: {part!r} is not a number")
    return int(text)


def _epoch() -> datetime:
    from datetime import datetime, timezone

    return datetime(2024, 1, 1, tzinfo=timezone.utc)
