"""A browser for tests: Debian's Chromium, without its own network calls."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

from tests import services
from tests.debian import as_root

FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]
WIDE = {"width": 1280}
PHONE = 640  # narrower windows are of phones, which say so
PHONE_BROWSER = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Mobile Safari/537.36"
)
REFUSED = ("Failed to load resource", "Failed to fetch")


@pytest.fixture(scope="session")
def playwright_driver():
    with sync_playwright() as driver:
        yield driver


def launch(driver, **options):
    """Start a browser; takes the options of ``chromium.launch``."""
    return driver.chromium.launch(
        executable_path=services.chromium(),
        args=[*FLAGS, *(["--no-sandbox"] if as_root() else [])],
        **options,
    )


def received(page):
    """Return how many bytes come for each address from now on, headers included; it fills itself."""
    paths, sizes = {}, {}

    def asked(event):
        paths[event["requestId"]] = urlsplit(event["request"]["url"]).path

    def came(event):
        sizes[paths[event["requestId"]]] = event["encodedDataLength"]

    network = page.context.new_cdp_session(page)
    network.on("Network.requestWillBeSent", asked)
    network.on("Network.loadingFinished", came)
    network.send("Network.enable")
    return sizes


@pytest.fixture(scope="session")
def browser(playwright_driver):
    browser = launch(playwright_driver)
    yield browser
    browser.close()


@pytest.fixture
def new_page(browser):
    """Open pages, each as a new visitor; script errors and CSP violations fail the test.

    Takes the options of ``browser.new_context``: viewport, color_scheme, java_script_enabled, ...
    """
    contexts, faults = [], []

    def console(message):
        # The console also shows what the server or network refused; tests check that themselves.
        refused = any(words in message.text for words in REFUSED)
        if message.type == "error" and not refused:
            faults.append(message.text)

    def open_page(**options):
        if options.get("viewport", WIDE)["width"] < PHONE:
            options.setdefault("user_agent", PHONE_BROWSER)
        context = browser.new_context(
            **{"locale": "nl-NL", "timezone_id": "Europe/Amsterdam", **options}
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", console)
        page.on("pageerror", lambda error: faults.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not faults


@pytest.fixture
def page(new_page):
    return new_page()
