"""A Chromium through Playwright, the demo page of viewer_app.py on a port of its own, and a hand that uses it."""

import pytest

from tests.serving import free_port, served, site

DESK = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 3, "is_mobile": True, "has_touch": True}
GRADIO_LEAVES = ("AbortError: ", "Unexpected error Connection errored out")
"""What Gradio logs when a page is left while an event of it is under way."""
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""Until a second frame: what was asked for in this one is painted."""
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="session")
def browser(chromium):
    """A running Chromium; tests are skipped where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        try:
            running = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        except sync_api.Error as error:
            pytest.skip(f"needs Chromium: {str(error).splitlines()[0]}")
        yield running
        running.close()


@pytest.fixture(scope="session")
def address():
    """The demo page, served for this session."""
    from tests.browser.viewer_app import build

    with served(build(), free_port()) as where:
        yield where


@pytest.fixture(scope="session")
def app(tmp_path_factory):
    """The whole site on a port of its own, with a policy that answers from the words alone: (address, services)."""
    from tests.web.fakes import FakeGrounder

    with site(tmp_path_factory.mktemp("app"), FakeGrounder) as running:
        yield running


@pytest.fixture
def pages(browser):
    """``pages(**options)`` opens a tab of its own context. At the end no tab may have logged an error."""
    contexts, logged = [], []

    def heard(text: str) -> None:
        if not text.startswith(GRADIO_LEAVES):
            logged.append(text)

    def opened(expect_errors: bool = False, **options):
        context = browser.new_context(**DESK | options)
        contexts.append(context)
        context.set_default_timeout(60_000)
        page = context.new_page()
        if not expect_errors:
            page.on("console", lambda message: heard(message.text) if message.type == "error" else None)
            page.on("pageerror", lambda error: heard(str(error)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert logged == []


@pytest.fixture
def use(pages, address):
    """``use("small")`` opens a scene and gives the hand that uses it."""

    def opened(name: str = "small", state: str = "ready", page=None, **options) -> "Hand":
        hand = Hand(page or pages(**options), address)
        hand.open(name, state)
        return hand

    return opened


def arrive(page, address: str, path: str, viewer: str) -> "Hand":
    """Open a page of the site and wait until its image is shown."""
    hand = Hand(page, address, root=viewer)
    page.goto(address + path)
    hand.wait_for("ready")
    return hand


def unfold(page, name: str) -> None:
    """Open a part of the page that is folded.

    Gradio makes the fields of it then, and gives them their first values a frame later, over what is typed before that.
    """
    page.locator(f"#{name} button").first.click()
    page.locator(f"#{name}").locator("input, textarea, button:not(.label-wrap)").first.wait_for(state="attached")
    page.evaluate(FRAMES)


class Hand:
    """Mouse, keyboard and eyes on one viewer of a page. Points are given in pixels of the image."""

    def __init__(self, page, address: str, root: str = "#viewer") -> None:
        self.page, self.address, self.root = page, address, f"{root} .ssg-viewer"
        self.devtools = None
        page.add_init_script("addEventListener('ssg:drawn', (event) => { window.sent = event.detail; })")

    def open(self, name: str, state: str = "ready") -> None:
        self.page.goto(f"{self.address}/?scene={name}")
        self.wait_for(state)

    def wait_for(self, state: str) -> None:
        self.page.wait_for_selector(f"{self.root}[data-state={state}]", state="attached")
        self.settle()

    def settle(self) -> None:
        """Until what is asked for is painted."""
        self.page.evaluate(FRAMES)

    def find(self, selector: str):
        return self.page.locator(f"{self.root} {selector}")

    # Eyes

    def view(self) -> dict[str, float]:
        self.settle()
        data = self.find(".stage").first.evaluate("(stage) => ({...stage.dataset})")
        return {key: float(value) for key, value in data.items()}

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where an image point lies on the page."""
        view, frame = self.view(), self.find(".stage").first.bounding_box()
        return frame["x"] + view["x"] + x * view["scale"], frame["y"] + view["y"] + y * view["scale"]

    def boxes(self) -> list[list[float]]:
        return [row["box"] for row in self.drawn()]

    def drawn(self) -> list[dict]:
        return self.page.evaluate("() => window.sent?.drawn ?? []")

    def grey(self, x: float, y: float) -> int:
        """What is seen of an image point, as the canvas holds it."""
        self.settle()
        return self.find("canvas.image").first.evaluate(
            """(canvas, [x, y]) => {
                const {scale, x: left, y: top} = canvas.parentElement.dataset;
                const ratio = canvas.width / canvas.clientWidth;
                const at = [(+left + x * scale) * ratio, (+top + y * scale) * ratio].map(Math.floor);
                return canvas.getContext("2d").getImageData(...at, 1, 1).data[1];
            }""",
            [x, y],
        )

    def heard(self) -> str:
        """The last sentence for screen readers, once it has been spoken."""
        self.page.wait_for_timeout(200)
        return self.find("[role=status]").inner_text()

    def submitted(self) -> str:
        """What the server read after a press of Submit."""
        self.page.get_by_role("button", name="Submit").click()
        self.page.wait_for_function("() => document.querySelector('#answer textarea').value !== ''")
        return self.page.locator("#answer textarea").input_value()

    # Hands

    def drag(self, start, end, button: str = "left", steps: int = 4) -> None:
        mouse = self.page.mouse
        mouse.move(*self.at(*start))
        mouse.down(button=button)
        mouse.move(*self.at(*end), steps=steps)
        mouse.up(button=button)
        self.settle()

    def draw(self, box) -> None:
        """Draw a box and leave it unnamed."""
        self.drag(box[:2], box[2:])
        self.page.keyboard.press("Escape")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
        self.settle()

    def focus(self) -> None:
        self.find(".stage").first.focus()

    def touch(self, kind: str, *points) -> None:
        """Send a touch event with the fingers at ``points`` of the page."""
        self.devtools = self.devtools or self.page.context.new_cdp_session(self.page)
        fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        self.devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    def swipe(self, start, end) -> None:
        """One finger from one image point to another."""
        (x0, y0), (x1, y1) = self.at(*start), self.at(*end)
        self.touch("touchStart", (x0, y0))
        for part in (0.3, 0.7, 1):
            self.touch("touchMove", (x0 + (x1 - x0) * part, y0 + (y1 - y0) * part))
        self.touch("touchEnd")
        self.settle()
