"""Billed responses of a Claude home, each once, and prices of Claude models."""

from datetime import date, datetime
from decimal import Decimal
from os import PathLike
from typing import Literal, final

__all__ = ["NoPriceError", "Part", "Price", "Response", "Tokens", "Usage", "__version__", "price", "read_home"]

__version__: str

@final
class Tokens:
    """Tokens by kind."""

    @property
    def input(self) -> int:
        """Input that was neither read from the cache nor written to it."""
    @property
    def output(self) -> int: ...
    @property
    def cache_read(self) -> int: ...
    @property
    def cache_write_5m(self) -> int: ...
    @property
    def cache_write_1h(self) -> int: ...
    @property
    def total(self) -> int:
        """All of them."""

@final
class Part:
    """A billed part of a response; usually there is one."""

    @property
    def model(self) -> str:
        """The model, as written on the line."""
    @property
    def tokens(self) -> Tokens: ...
    @property
    def web_searches(self) -> int: ...
    @property
    def cost_usd(self) -> Decimal | None:
        """The exact cost at list prices; `None` if nothing of it has a price."""
    @property
    def cost_usd_float(self) -> float | None:
        """The same, rounded: for drawing, not for sums."""
    @property
    def unpriced_tokens(self) -> int: ...
    @property
    def unpriced_web_searches(self) -> int: ...

@final
class Response:
    """A billed response, folded from all its copies."""

    @property
    def id(self) -> str:
        """The same for all copies of the response, in every home."""
    @property
    def at(self) -> datetime:
        """Its time, in UTC."""
    @property
    def session(self) -> str:
        """The session that owns it; of a fork and its original, the original."""
    @property
    def project(self) -> str:
        """The folder that the session was started in, or the repository of a worktree."""
    @property
    def branch(self) -> str | None: ...
    @property
    def is_subagent(self) -> bool: ...
    @property
    def is_final(self) -> bool:
        """Whether its output is complete in the transcript."""
    @property
    def model(self) -> str:
        """The model of its first part, as written on the line."""
    @property
    def tokens(self) -> Tokens: ...
    @property
    def web_searches(self) -> int: ...
    @property
    def cost_usd(self) -> Decimal | None:
        """The exact cost at list prices; `None` if nothing of it has a price."""
    @property
    def cost_usd_float(self) -> float | None:
        """The same, rounded: for drawing, not for sums."""
    @property
    def certainty(self) -> Literal["exact", "at_least", "unknown"]:
        """Whether the cost covers everything; `at_least`: a part has no price, or the output may be incomplete."""
    @property
    def unpriced_tokens(self) -> int: ...
    @property
    def unpriced_web_searches(self) -> int: ...
    @property
    def parts(self) -> list[Part]:
        """Its billed parts: several if other models took part."""

@final
class Usage:
    """The usage of a Claude home, and what could not be read."""

    @property
    def responses(self) -> list[Response]:
        """The billed responses, by time."""
    @property
    def lines(self) -> int:
        """Lines that were read."""
    @property
    def skipped(self) -> dict[str, int]:
        """Lines without a response although they should have one, by the reason."""
    @property
    def unbilled_attempts(self) -> int:
        """Attempts that a model refused before any output and that are not billed: in no response."""
    @property
    def problems(self) -> list[str]:
        """Files and folders that could not be read, one sentence each."""

@final
class Price:
    """The price of a request."""

    @property
    def model(self) -> str:
        """Canonical id of the model."""
    @property
    def cost_usd(self) -> Decimal | None:
        """The exact cost at list prices; `None` if nothing of it has a price."""
    @property
    def cost_usd_float(self) -> float | None:
        """The same, rounded: for drawing, not for sums."""
    @property
    def certainty(self) -> Literal["exact", "at_least", "unknown"]: ...
    @property
    def unpriced_tokens(self) -> int: ...
    @property
    def unpriced_web_searches(self) -> int: ...
    @property
    def flags(self) -> list[str]:
        """What was assumed, such as `no_timestamp`."""
    @property
    def valid_from(self) -> date | None:
        """First UTC day of the price; `None`: it has always held."""
    @property
    def valid_until(self) -> date | None:
        """First UTC day after the price; `None`: it still holds."""
    @property
    def source(self) -> str:
        """Public origin of the listed figures."""
    @property
    def table_version(self) -> str: ...

class NoPriceError(LookupError):
    """A model has no price: its name is not known exactly."""

def read_home(path: str | PathLike[str]) -> Usage:
    """Reads a Claude home: every billed response once, by time, with its cost at list prices.

    Raises `OSError` (`FileNotFoundError`, `PermissionError`) if the folder cannot be read.
    """

def price(
    model: str,
    *,
    input: int = 0,
    output: int = 0,
    cache_read: int = 0,
    cache_write_5m: int = 0,
    cache_write_1h: int = 0,
    web_searches: int = 0,
    at: datetime | None = None,
    speed: str | None = None,
    service_tier: str | None = None,
    inference_geo: str | None = None,
) -> Price:
    """Prices one request at list prices: those at the time `at`, or the latest.

    Raises `NoPriceError` if the model has no price, and `ValueError` if `at` has no time zone.
    """
