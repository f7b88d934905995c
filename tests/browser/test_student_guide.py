"""The student guide, done step by step: every step in it is known here, and every one known here is in it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.conftest import Hand, arrive

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "student.md").read_text(encoding="utf-8")
CASE = "/practise?set=chest-xray-first-steps&case=case-07"
STEPS = {}
"""(section, step) and what it does, in the order of the guide; each section begins on a page of its own."""


def steps_of(text):
    """[(section, title of the step)] of a document: its numbered lines, which begin with a title in bold."""
    found, section = [], ""
    for line in text.splitlines():
        if line.startswith("## "):
            section = line[3:].strip()
        elif numbered := re.match(r"\d+\. (.*)", line):
            title = re.match(r"\*\*(.+?)\.\*\*", numbered[1])
            assert title, f"a step without a title: {line}"
            found.append((section, title[1]))
    return found


def step(section, title):
    def noted(act):
        STEPS[section, title] = act
        return act

    return noted


class Reader:
    """Somebody who reads the guide: a page, a hand, and the case that is open."""

    def __init__(self, page, address, services):
        self.page, self.address, self.services = page, address, services
        self.hand = Hand(page, address, root="#case-viewer")
        self.case = services.practice.case("chest-xray-first-steps", "case-07")

    def until(self, selector, **more):
        return self.page.wait_for_selector(selector, **more)

    def caption(self, *said):
        for one in said:
            self.page.wait_for_function(
                "(said) => document.querySelector('.ssg-viewer .chain-caption')?.textContent.includes(said)", arg=one
            )

    def row(self, finding):
        return self.page.locator(f'#case-absent [data-finding="{finding}"]')

    def ask(self, typed):
        self.page.locator("#ask-text textarea, #ask-text input").first.fill(typed)
        self.page.locator("#ask-button").click()


# Ask


@step("Ask an image", "Open Ask")
def _(reader):
    arrive(reader.page, reader.address, "/", "#ask-viewer")


@step("Ask an image", "Choose an image")
def _(reader):
    reader.page.locator("#ask-images .gallery a").nth(3).click()
    reader.page.wait_for_url("**image=*")
    Hand(reader.page, reader.address, root="#ask-viewer").wait_for("ready")
    assert reader.page.locator("#ask-upload input[type=file]").count() == 1


@step("Ask an image", "Type a finding")
def _(reader):
    reader.ask("is there fluid at the left base?")


@step("Ask an image", "Read the answer")
def _(reader):
    assert "seen" in reader.until("#ask-answer .finding .state").inner_text()
    assert reader.page.get_by_text("AI answer. Check it against the image.").is_visible()


@step("Ask an image", "Replay where it looked")
def _(reader):
    reader.ask("left effusion")
    reader.until("#ask-answer .finding.present")
    reader.until("#ask-viewer .chain:not([hidden])")
    reader.page.locator("#ask-viewer .stage").focus()
    reader.page.keyboard.press("p")
    reader.caption("Step 1 of")


@step("Ask an image", "Choose among meanings")
def _(reader):
    reader.ask("shadow")
    reader.until("#ask-answer .unclear .chip")
    reader.page.locator("#ask-answer .unclear .chip").first.click()
    reader.until("#ask-answer .finding")


# Practise


@step("Practise a case", "Open a case")
def _(reader):
    reader.page.goto(reader.address)
    reader.page.locator(".frame nav").get_by_role("link", name="Practise", exact=True).click()
    reader.hand.wait_for("ready")
    assert reader.page.locator("details.cases > summary").is_visible()
    arrive(reader.page, reader.address, CASE, "#case-viewer")


@step("Practise a case", "Read the history")
def _(reader):
    assert reader.case.history in reader.page.locator("#case-head .history").inner_text()


@step("Practise a case", "Draw a box")
def _(reader):
    assert reader.hand.find("[data-tool=draw]").get_attribute("aria-pressed") == "true"
    reader.hand.drag([100, 100], [220, 240])


@step("Practise a case", "Name it")
def _(reader):
    reader.page.keyboard.type("mass")
    reader.hand.press("Enter", "4", "Escape")
    [box] = reader.hand.drawn()
    assert (box["label"], box["confidence"]) == ("mass", 4)


@step("Practise a case", "State what is not there")
def _(reader):
    finding = next(one for one in reader.case.question if one != "mass" and one not in reader.case.present)
    reader.page.get_by_label(finding, exact=True).check()


@step("Practise a case", "Take a hint")
def _(reader):
    row = reader.row("mass")
    row.locator(".hint-open").click()
    assert "costs 5 of 100" in row.locator(".hint-take").inner_text()
    for number in (1, 2, 3):
        row.locator(f".hint-take[data-step='{number}']").click()
        row.locator(f".hints li:nth-child({number})").wait_for()
    assert row.locator(".hint-take").count() == 0, "three steps"


@step("Practise a case", "Check only")
def _(reader):
    reader.page.get_by_role("button", name="Check only").click()
    reader.until("#case-feedback .checked")
    assert reader.hand.find(".row .label").count() == 1, "one's own box, and no reader's"
    reader.page.get_by_role("button", name="Go on trying").click()
    reader.until("#case-feedback .checked", state="detached")


@step("Practise a case", "Submit")
def _(reader):
    reader.page.get_by_role("button", name="Submit", exact=True).click()
    reader.until("#case-feedback .ring")
    reader.until("#case-again")
    assert reader.hand.find(".row .label").count() > 1


@step("Practise a case", "See how to find it")
def _(reader):
    reader.page.get_by_role("button", name="Show how to find it").first.click()
    reader.caption("Look here first", "Missed: ")


@step("Practise a case", "See what the AI says")
def _(reader):
    reader.page.locator("#case-ai").click()
    assert "no part in your mark" in reader.until("#case-ai-answer .ai-answer").inner_text()


@step("Practise a case", "Go on")
def _(reader):
    reader.page.get_by_role("button", name="Try again").click()
    reader.until("#case-viewer .ssg-viewer[data-mode=draw]")
    assert reader.hand.find(".row .label").count() == 0
    reader.page.get_by_role("button", name="Next case").click()
    reader.page.wait_for_function("() => !location.search.includes('case-07')")


# Report


@step("Write a report", "Open Report")
def _(reader):
    arrive(reader.page, reader.address, "/report?set=easily-missed&case=em-02", "#case-viewer")
    reader.until("#report-text textarea")


@step("Write a report", "Write what you see")
def _(reader):
    reader.page.fill("#report-text textarea", "Right pneumothorax. No effusion. Possible nodule.")
    reader.until("#report-read-now li.uncertain")


@step("Write a report", "Hand it in")
def _(reader):
    reader.page.get_by_role("button", name="Hand in the report").click()
    reader.until("#report-feedback .report-rows")
    reader.until("#report-submit", state="detached")
    assert reader.page.locator("#report-feedback .report-sentences li.good").count() == 2
    assert reader.page.locator("#report-feedback .model-answer").count() == 1


@step("Write a report", "Press a sentence")
def _(reader):
    reader.hand.wait_for("ready")
    reader.page.locator("#report-feedback .report-sentences button").first.click()
    reader.until("#case-viewer li.row.selected")


@step("Write a report", "Write again")
def _(reader):
    reader.page.get_by_role("button", name="Write again").click()
    reader.until("#report-text textarea")
    assert reader.page.input_value("#report-text textarea") == ""


# Rapid packets


def count_of(reader):
    said = reader.page.locator("#case-head .rapid-bar").inner_text()
    return [int(number) for number in re.findall(r"\d+", said)]


def at(reader, number):
    reader.page.wait_for_function(
        "(said) => document.querySelector('#case-head .rapid-bar')?.innerText.trim().startsWith(said)", arg=f"{number} "
    )
    reader.hand.wait_for("ready")
    reader.until("#case-task .rapid")


@step("Read a rapid packet", "Begin a packet")
def _(reader):
    arrive(reader.page, reader.address, CASE, "#case-viewer")
    reader.page.get_by_role("link", name="Judged at the end").click()
    at(reader, 1)
    assert count_of(reader) == [1, 20]
    reader.page.goto(f"{reader.address}/practise/rapid?count=2&feedback=end")  # a shorter one is soon at its end
    at(reader, 1)


@step("Read a rapid packet", "Say that it is normal")
def _(reader):
    reader.page.keyboard.press("ArrowLeft")
    at(reader, 2)


@step("Read a rapid packet", "Say that something is there")
def _(reader):
    reader.page.keyboard.press("ArrowRight")
    reader.until("#case-submit", state="visible")
    reader.hand.drag([100, 100], [200, 200])
    reader.page.keyboard.type(reader.page.locator("#case-absent [data-finding]").first.get_attribute("data-finding"))
    reader.hand.press("Enter", "Escape")
    reader.page.get_by_role("button", name="Done", exact=True).click()


@step("Read a rapid packet", "Read the summary")
def _(reader):
    reader.until(".rapid-summary")
    assert reader.page.locator(".rapid-summary .shelf li a").count() >= 2


# Progress


@step("See your progress", "Open Progress")
def _(reader):
    arrive(reader.page, reader.address, CASE, "#case-viewer")
    reader.page.locator("#case-submit").click()
    reader.until("#case-again")
    reader.page.locator(".frame nav").get_by_role("link", name="Progress", exact=True).click()
    reader.until("#progress-head .tiles")


@step("See your progress", "Read the next case")
def _(reader):
    assert reader.page.locator(".next-case .hint").inner_text().strip(), "it says why"
    reader.page.get_by_role("link", name="Read it").click()
    reader.hand.wait_for("ready")


# Keys


@step("The keys of the viewer", "Press the question mark")
def _(reader):
    hand = arrive(reader.page, reader.address, CASE, "#case-viewer")
    hand.focus()
    hand.press("?")
    shown = set(reader.page.locator("#case-viewer dialog.help[open] kbd").all_inner_texts())
    table = GUIDE.partition("| key |")[2].partition("## ")[0]
    named = {key for row in table.splitlines()[2:] for key in re.findall(r"`(.+?)`", row.split("|")[1] if row else "")}
    assert len(named) > 15 and named <= shown


def test_the_guide_has_the_steps_that_are_done_here_and_no_others():
    written = steps_of(GUIDE)
    assert len(set(written)) == len(written)
    assert set(written) == set(STEPS)


@pytest.mark.parametrize("section", dict.fromkeys(section for section, _ in STEPS))
def test_each_step_does_what_it_says(pages, app, section):
    reader = Reader(pages(), *app)
    for name in steps_of(GUIDE):
        if name[0] == section:
            STEPS[name](reader)


def commands():
    return [line for block in re.findall(r"```\n(.*?)```", GUIDE, re.DOTALL) for line in block.splitlines() if line]


def test_there_are_commands_of_both_kinds():
    assert [line.split()[0] for line in commands()] == ["make", "python", "python"]


@pytest.mark.parametrize("command", commands())
def test_each_command_runs(command):
    """``make run`` would serve until it is stopped, so make is asked what it would do."""
    words = command.replace("make run", "make -n run")
    if words.startswith("python "):
        words = f"{sys.executable} {words.removeprefix('python ')}"
    done = subprocess.run(words, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0 and done.stdout.strip(), done.stderr


def test_every_picture_of_the_guide_is_there():
    shown = re.findall(r"!\[[^\]]+\]\((.+?)\)", GUIDE)
    assert shown and all((ROOT / "docs" / one).is_file() for one in shown)
