"""A headless Chromium that opens pages from files, notes every request and every complaint."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
    "--autoplay-policy=no-user-gesture-required", "--mute-audio",
)  # fmt: skip

_CLICKABLE = """
const place = () => JSON.stringify(arguments[0].getBoundingClientRect());
const before = place();
return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
    const {x, y, width, height} = arguments[0].getBoundingClientRect();
    const hit = document.elementFromPoint(x + width / 2, y + height / 2);
    done(innerWidth === arguments[1] && place() === before && hit !== null && arguments[0].contains(hit));
})));
"""


class Browser:
    """One window, and what the tests do with it."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def open(self, path: Path | str, *, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        """Open a page from its file or address and wait until its script has run; forgets earlier requests and
        complaints."""
        # A page that still scrolls smoothly moves away from under the pointer.
        liked = {"prefers-color-scheme": "dark" if dark else "light", "prefers-reduced-motion": "reduce"}
        features = [{"name": name, "value": value} for name, value in liked.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        self.resize(width, height)
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        address = path if isinstance(path, str) else path.absolute().as_uri()
        if "#" in address:  # the page that is open would only be told of another place in it
            self.driver.get("about:blank")
        self.driver.get(address)

    def resize(self, width: int, height: int) -> None:
        """Change the size of the window of the page that is open."""
        self._width = width
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def fits(self) -> bool:
        """Tell whether the page is as wide as its window was made; what sticks out makes a phone's window wider."""
        return self.run("return [document.documentElement.scrollWidth, innerWidth]") == [self._width] * 2

    def run(self, script: str, *arguments: Any) -> Any:
        """The value of a script (which says ``return``)."""
        return self.driver.execute_script(script, *arguments)

    def until(self, script: str, *arguments: Any) -> Any:
        """Wait until a script returns something true, and return it."""
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.driver, 20).until(lambda _: self.run(script, *arguments))

    def click(self, selector: str) -> None:
        """Click an element as a mouse does: scrolled into sight, once it keeps still, nothing lies before it, and the
        window is as wide as it was made (what slides in from the side makes a phone's window wider for a moment)."""
        from selenium.webdriver.common.action_chains import ActionChains

        element = self.element(selector)
        self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        self.until(_CLICKABLE, element, self._width)
        ActionChains(self.driver).move_to_element(element).click().perform()

    def element(self, selector: str) -> Any:
        """The first element that a CSS selector finds."""
        return self.driver.find_element("css selector", selector)

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, wherever the focus is."""
        from selenium.webdriver.common.action_chains import ActionChains

        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()

    def complaints(self) -> list[str]:
        """What the console said since the page was opened: errors and warnings."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Every address that was asked for since the page was opened."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]

    def accessibility_faults(self) -> list[str]:
        """What axe-core finds that is serious or critical."""
        axe_core_python = pytest.importorskip("axe_core_python", reason="axe-core-python is not installed")
        source = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text("utf-8")
        # Through the debugger: the page's own policy lets no foreign script in.
        self.driver.execute_cdp_cmd("Runtime.evaluate", {"expression": source})
        found = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            "axe.run(document, {resultTypes: ['violations']}).then((result) => done(result.violations));"
        )
        return [
            f"{fault['id']}: {node['html'][:120]} {node['failureSummary']}"
            for fault in found
            if fault["impact"] in ("serious", "critical")
            for node in fault["nodes"]
        ]


@contextmanager
def browser() -> Iterator[Browser]:
    """Start Chromium; the test is skipped where there is none."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    chromedriver = shutil.which("chromedriver")
    if not chromium or not chromedriver:
        pytest.skip("chromium or chromedriver is not installed (Debian: apt-get install chromium chromium-driver)")
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in _FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(chromedriver))
    driver.set_script_timeout(180)  # axe-core takes long on a busy machine
    try:
        yield Browser(driver)
    finally:
        driver.quit()
