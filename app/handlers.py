"""Which function keeps which promise; the other half of the composition root."""

from collections.abc import Callable, Mapping
from typing import Any

Handler = Callable[[dict[str, Any]], None]

HANDLERS: Mapping[str, Handler] = {}
