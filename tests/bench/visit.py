"""The first visit of the table on a phone: how much comes, in how many requests, as Chromium counts."""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.bench.builds import Build, serving
from tests.bench.goals import Figures
from tests.browser import launch, received

# As a browser asks over https, and as some proxies ask for it.
ENCODINGS = {"brotli": "gzip, deflate, br, zstd", "gzip": "gzip"}
PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "locale": "nl-NL"}


def measure(builds: list[Build], empty: Callable[[], str], figures: Figures) -> None:
    """Print what came for each address, headers included."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tienminuten-log-")))
        browser = launch(stack.enter_context(sync_playwright()))
        stack.callback(browser.close)
        for build in builds:
            school = build.school(empty(), 3, 1)
            server = stack.enter_context(serving(build, school.url, folder))
            family = school.families[0]
            cookies = [
                {"name": name, "value": value, "url": server.base_url}
                for name, value in family["cookies"].items()
            ]
            for name, accept in ENCODINGS.items():
                with browser.new_context(
                    extra_http_headers={"Accept-Encoding": accept}, **PHONE
                ) as context:
                    context.add_cookies(cookies)
                    page = context.new_page()
                    sizes = received(page)
                    page.goto(server.base_url + school.path(family))
                    page.wait_for_load_state("networkidle")
                size = sum(sizes.values()) / 1024
                print(f"{build.name}, {name}: {size:.1f} KiB in {len(sizes)} requests: {sizes}")
                if build is builds[-1]:
                    figures.add(f"first visit, {name}, KiB", size)
                    figures.add("first visit, requests", len(sizes))
