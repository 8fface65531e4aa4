"""Prints the totals of a Claude home as JSON."""

import json
import sys
from collections.abc import Iterator
from decimal import Decimal

from claude_token_monitor_reader import Part, read_home

Figures = dict[str, dict[str, Decimal]]


def add(group: Figures, name: str, part: Part, responses: int) -> None:
    tokens = part.tokens
    figures = group.setdefault(name, {})
    counts: dict[str, Decimal | int] = {
        "input": tokens.input,
        "output": tokens.output,
        "cache_read": tokens.cache_read,
        "write_5m": tokens.cache_write_5m,
        "write_1h": tokens.cache_write_1h,
        "web_searches": part.web_searches,
        "unpriced_tokens": part.unpriced_tokens,
        "responses": responses,
        "cost_usd": part.cost_usd or 0,
    }
    for figure, count in counts.items():
        figures[figure] = figures.get(figure, Decimal(0)) + count


def shown(figures: dict[str, Decimal]) -> Iterator[tuple[str, object]]:
    for figure, sum in figures.items():
        yield figure, f"{sum.normalize():f}" if figure == "cost_usd" else int(sum)


usage = read_home(sys.argv[1])
totals, by_model, by_session = Figures(), Figures(), Figures()
for response in usage.responses:
    for at, part in enumerate(response.parts):
        add(totals, "", part, int(at == 0))
        add(by_model, part.model, part, int(at == 0))
        add(by_session, response.session, part, int(at == 0))
groups = {"totals": totals, "by_model": by_model, "by_session": by_session}
printed = {name: {key: dict(shown(of)) for key, of in group.items()} for name, group in groups.items()}
print(json.dumps({**printed, "totals": printed["totals"][""], "lines": usage.lines}, sort_keys=True))
