"""The image viewer in a real browser: what reaches the server and comes back, what is kept, what goes wrong."""

import json

import pytest

from tests.browser import viewer_app
from tests.browser.conftest import Hand

pytestmark = pytest.mark.browser

BOX = [200, 300, 400, 480]


def near(box, expected, within=1.0):
    return all(abs(a - b) <= within for a, b in zip(box, expected, strict=True))


# To the server and back


def test_a_submit_right_after_a_draw_has_the_newest_box(use):
    viewer = use("plain")
    for number in range(3):
        box = [100 + 200 * number, 200, 180 + 200 * number, 300]
        viewer.drag(box[:2], box[2:])
        viewer.page.evaluate("() => { document.querySelector('#answer textarea').value = ''; }")
        viewer.page.get_by_role("button", name="Submit").click()
        viewer.page.wait_for_function(
            "(count) => { try { return JSON.parse(document.querySelector('#answer textarea').value).length === count } "
            "catch { return false } }",
            arg=number + 1,
        )
        answer = json.loads(viewer.page.locator("#answer textarea").input_value())
        assert answer[-1]["box"] == box


def test_an_unnamed_box_is_refused_in_words(use):
    viewer = use()
    viewer.draw(BOX)
    assert viewer.submitted() == "Box 1 has no finding yet: name it, or delete it."


def test_the_event_input_follows_every_burst(use):
    viewer = use("plain")
    viewer.drag(BOX[:2], BOX[2:])
    viewer.press(*["ArrowRight"] * 20)
    viewer.page.wait_for_function(
        "(left) => document.querySelector('#changes textarea').value.includes(`[${left}.0, 300.0`)", arg=BOX[0] + 20
    )


def test_the_event_select_says_which_box(use):
    viewer = use("show")
    viewer.find("[data-region=effusion] .row-name").click()
    viewer.page.wait_for_function("() => document.querySelector('#chosen textarea').value.includes('effusion')")
    assert json.loads(viewer.page.locator("#chosen textarea").input_value()) == {
        "case_id": "small",
        "id": "effusion",
        "label": "pleural effusion",
    }
    assert viewer.find(".row.selected .note").inner_text() == "The meniscus climbs along the chest wall."


def test_the_next_case_starts_empty_and_keeps_the_tool(use):
    viewer = use()
    viewer.draw(BOX)
    viewer.find("[data-tool=contrast]").click()
    viewer.page.get_by_role("button", name="Next").click()
    viewer.page.wait_for_function("() => document.querySelector('#viewer .panel').innerText.includes('Nothing drawn')")
    viewer.wait_for("ready")
    assert viewer.find("[data-tool=contrast]").get_attribute("aria-pressed") == "true"
    viewer.find("[data-tool=draw]").click()
    viewer.draw([1000, 1000, 1200, 1300])
    assert viewer.boxes() == [[1000, 1000, 1200, 1300]]


def test_a_solution_shows_on_the_same_view_and_draws_no_more(use):
    viewer = use()
    viewer.focus()
    viewer.press("+", "+")
    before = viewer.view()["scale"]
    viewer.page.get_by_role("button", name="Solve").click()
    viewer.page.wait_for_selector("#viewer [data-region=effusion]")
    assert viewer.view()["scale"] == before
    assert viewer.find("[data-tool=draw]").count() == 0
    viewer.drag([200, 200], [300, 300])
    viewer.focus()
    viewer.press("n", "Delete")
    assert viewer.find("[data-region]").count() == 6


def test_a_viewer_taken_off_the_page_and_put_back_has_its_boxes(use):
    viewer = use("plain")
    viewer.drag(BOX[:2], BOX[2:])
    viewer.page.get_by_role("button", name="Hide", exact=True).click()
    viewer.page.wait_for_selector("#viewer .ssg-viewer", state="detached")
    viewer.page.get_by_role("button", name="Show again").click()
    viewer.wait_for("ready")
    assert viewer.find("[data-region=drawn-1] .label").inner_text() == "cardiomegaly"
    assert json.loads(viewer.submitted())[0]["box"] == BOX


# Drafts


def test_a_draft_survives_a_reload(use):
    viewer = use()
    viewer.draw(BOX)
    viewer.open("small")
    assert viewer.find(".notice").inner_text() == "Your draft was restored: 1 box."
    assert viewer.boxes() == [BOX]
    assert viewer.submitted() == "Box 1 has no finding yet: name it, or delete it."


def test_a_draft_wins_over_the_boxes_that_python_names_and_goes_with_the_solution(use):
    viewer = use("drawn")
    assert [row["label"] for row in viewer.drawn()] == []  # nothing of its own to say
    viewer.draw(BOX)
    viewer.open("drawn")
    assert viewer.boxes() == [[360, 480, 700, 790], BOX]
    viewer.page.get_by_role("button", name="Solve").click()
    viewer.page.wait_for_selector("#viewer [data-region=effusion]")
    viewer.open("small")
    assert viewer.find("[data-region]").count() == 0


def test_a_browser_that_keeps_nothing_is_no_error(pages, use):
    page = pages()
    page.add_init_script("Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }")
    viewer = use(page=page)
    viewer.draw(BOX)
    assert viewer.find(".notice").inner_text() == "This browser keeps no drafts: a reload would lose the boxes."
    assert viewer.boxes() == [BOX]


# When things go wrong


def test_a_broken_image_says_so_and_can_be_tried_again(use):
    viewer_app.failures["broken"] = 1
    viewer = use("broken", state="broken", expect_errors=True)
    assert "The image could not be loaded." in viewer.find(".state").inner_text()
    viewer.page.get_by_role("button", name="Try again").click()
    viewer.wait_for("ready")
    viewer.draw(BOX)
    assert viewer.boxes() == [BOX]


def test_an_image_of_another_size_is_not_drawn_on(use):
    viewer = use("wrong", state="broken")
    assert "2500 × 2048 px, not 1024 × 1024 px" in viewer.find(".state").inner_text()
    viewer.find(".stage").drag_to(viewer.find(".stage"), source_position={"x": 50, "y": 50})
    assert viewer.boxes() == []


def test_a_slow_image_shows_how_much_has_come(use):
    viewer = use("slow", state="loading")
    viewer.page.wait_for_function("() => document.querySelector('#viewer progress')?.value > 0.2")
    assert "Loading the image … " in viewer.find(".state").inner_text()
    viewer.wait_for("ready")


def test_no_image_says_what_to_do(use):
    viewer = use("empty", state="empty")
    assert viewer.find(".state").inner_text().splitlines()[0] == "No image yet"
    assert not viewer.find(".toolbar").is_visible()


# Sizes


def test_a_viewer_in_a_hidden_tab_lays_itself_out_when_it_is_seen(use):
    viewer = use()
    viewer.page.get_by_role("tab", name="Second").click()
    second = Hand(viewer.page, viewer.address, "#second")
    second.wait_for("ready")
    second.find(".stage").scroll_into_view_if_needed()
    second.draw([1000, 800, 1300, 1100])
    assert second.boxes() == [[1000, 800, 1300, 1100]]


@pytest.mark.parametrize("ratio", [1, 2, 3])
def test_boxes_are_exact_at_every_pixel_ratio(use, ratio):
    viewer = use(viewport={"width": 1024, "height": 768}, device_scale_factor=ratio)
    viewer.draw([300, 310, 501, 522])
    assert near(viewer.boxes()[0], [300, 310, 501, 522])
    canvas = viewer.find("canvas.image").evaluate("(canvas) => canvas.width / canvas.clientWidth")
    assert canvas == pytest.approx(ratio, rel=0.01)


def test_a_resized_window_fits_again_or_keeps_its_middle(use):
    viewer = use()
    viewer.page.set_viewport_size({"width": 1024, "height": 768})
    viewer.page.wait_for_timeout(100)
    frame, view = viewer.find(".stage").bounding_box(), viewer.view()
    assert view["scale"] == pytest.approx(min(frame["width"], frame["height"]) / 1024, rel=0.01)
    viewer.draw(BOX)
    assert near(viewer.boxes()[0], BOX)


def test_a_browser_without_full_screen_fills_the_window(pages, use):
    page = pages()
    page.add_init_script("Element.prototype.requestFullscreen = () => Promise.reject(new Error('no'))")
    viewer = use(page=page)
    viewer.focus()
    viewer.press("f")
    viewer.page.wait_for_selector(f"{viewer.root}.filling")
    box = viewer.page.locator(viewer.root).bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 1440, 900)
    viewer.draw(BOX)
    assert viewer.boxes() == [BOX]
    viewer.press("Escape", "Escape", "Escape")
    assert viewer.page.locator(f"{viewer.root}.filling").count() == 0


# The chain of boxes


def test_the_chain_replays_step_by_step(use):
    viewer = use("show")
    viewer.focus()
    viewer.press("]")
    assert viewer.heard() == "Step 1 of 3: Look at the left lung base first."
    assert viewer.find(".chain-caption").inner_text() == "Step 1 of 3: Look at the left lung base first."
    viewer.press("]", "]", "]", "[")
    assert "Step 2 of 3" in viewer.find(".chain-caption").inner_text()
    viewer.press("Escape")
    assert viewer.find(".chain-caption").inner_text() == "Where to look, step by step"


def slice_is(viewer, said, picture):
    """The chain has come to the picture of its step."""
    viewer.page.wait_for_function(
        """([said, picture]) => {
            const viewer = document.querySelector("#viewer .ssg-viewer");
            return viewer.querySelector(".chain-caption").textContent.includes(said)
                && viewer.dataset.seen === String(picture);
        }""",
        arg=[said, picture],
    )
    viewer.settle()


def dimmed(viewer):
    """Whether the image is dimmed around a step's box."""
    return viewer.find("canvas.overlay").first.evaluate(
        "(canvas) => canvas.getContext('2d').getImageData(canvas.width / 2, canvas.height - 6, 1, 1).data[3] > 100"
    )


def test_a_step_is_shown_on_its_picture_and_on_no_other(use):
    viewer = use("chain")
    viewer.focus()
    viewer.press("]")
    slice_is(viewer, "left lung", 12)
    assert dimmed(viewer)
    viewer.press("]")
    slice_is(viewer, "hilum", 20)
    assert dimmed(viewer)
    viewer.press("PageDown")
    slice_is(viewer, "hilum", 21)
    assert not dimmed(viewer)
    viewer.press("]")
    slice_is(viewer, "scar", 42)  # of the other series
    assert dimmed(viewer)
    viewer.press("[")
    slice_is(viewer, "hilum", 20)


def test_a_page_plays_the_steps_of_the_scene_or_its_own(use):
    viewer = use("chain")
    viewer.page.evaluate("document.querySelector('#viewer .ssg-viewer').dispatchEvent(new CustomEvent('ssg:play'))")
    slice_is(viewer, "Step 1 of 3: left lung", 12)
    slice_is(viewer, "Step 2 of 3: hilum", 20)
    viewer.page.evaluate(
        """() => {
            const steps = [{label: "base", box: [10, 10, 90, 90], caption: "Look at the base.", picture: 3}];
            const play = new CustomEvent("ssg:play", {detail: {steps}});
            document.querySelector("#viewer .ssg-viewer").dispatchEvent(play);
        }"""
    )
    slice_is(viewer, "Step 1 of 1: Look at the base.", 3)
    assert dimmed(viewer)
