"""Checks what a caller gets in place of a result, and values that the totals do not show."""

import sys
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from claude_token_monitor_reader import NoPriceError, price, read_home

MODEL = "claude-opus-4-5-20251101"
home, broken, missing = map(Path, sys.argv[1:])

try:
    read_home(missing)
    raise AssertionError("a missing home is read")
except FileNotFoundError as error:
    assert error.filename == str(missing), error
try:
    price("claude-opus-6", output=1)
    raise AssertionError("an unknown model has a price")
except NoPriceError as error:
    assert str(error).startswith('no price for the model "claude-opus-6": unknown_model'), error
try:
    price(MODEL, at=datetime(2026, 1, 15))
    raise AssertionError("a time without a zone is taken")
except ValueError as error:
    assert "`at` has no time zone" in str(error), error
try:
    price(MODEL, at="2026-01-15")  # type: ignore[arg-type]
    raise AssertionError("a text is taken as a time")
except TypeError as error:
    assert "datetime" in str(error), error

usage = read_home(broken)
assert usage.skipped == {"malformed": 2, "not_an_object": 1}, usage.skipped
assert (usage.lines, usage.responses, usage.problems) == (4, [], [])
assert read_home(str(broken / "projects")).problems[0].endswith("so it is no Claude home")

at = datetime(2026, 1, 15, 10, tzinfo=timezone.utc)
priced = price(MODEL, input=12_345, output=6_789, at=at)
assert (priced.cost_usd, priced.certainty, priced.flags) == (Decimal("0.23145"), "exact", [])
assert priced.cost_usd_float == 0.23145
assert price(MODEL, output=1, at=at.astimezone(ZoneInfo("Asia/Shanghai"))).valid_from == priced.valid_from
assert price(MODEL, output=1, service_tier="batch").cost_usd == Decimal("0.0000125")

responses = read_home(home).responses
assert all(response.at.utcoffset() == timedelta(0) for response in responses)
assert [response.at for response in responses] == sorted(response.at for response in responses)
assert {response.certainty for response in responses} <= {"exact", "at_least", "unknown"}
