"""What the Build page says: of series how many pictures, which plane, how far apart; of a set what to look at."""

import re
from dataclasses import replace

import gradio as gr
import pytest

from ssg.casebook import Reader, Series
from ssg.casebook.agreement import Pair
from ssg.casebook.ingest import Limits
from ssg.casebook.ingest.cases import files_of_cases
from ssg.errors import BadInput
from ssg.store import Store
from ssg.teaching.workshop import Workshop
from ssg.web.build_cases import twice_html
from ssg.web.build_html import agreement_html, check_html, kappa_html, plane_of, strips_html, version_in_words
from ssg.web.pages.build import removed_html, require_new_title
from ssg.web.pages.build_parts import folder_files
from tests.casebook.ingest.making import radiograph, save
from tests.teaching.test_marking_up import case, image, region


@pytest.mark.parametrize(
    ("letters", "plane"),
    [
        (("R", "L", "A", "P"), "axial"),
        (("R", "L", "H", "F"), "coronal"),
        (("A", "P", "H", "F"), "sagittal"),
        (("RA", "LP", "HA", "FP"), "coronal"),
        (("R", "L", "", ""), ""),
        (None, ""),
    ],
)
def test_the_plane_is_told_by_the_letters_at_the_edges(letters, plane):
    assert plane_of(Series("s", (image(1),), orientation=letters)) == plane


def test_a_long_series_is_shown_by_some_of_its_pictures():
    html = strips_html("set", [case(frames=40)])
    assert html.count("<img") == 7 + 1 and "small-0.jpg" in html and "small-39.jpg" in html and "small-40.jpg" in html
    assert "40 images" in html and "1 image" in html


@pytest.fixture
def shop(tmp_path):
    with Store(f"sqlite:///{tmp_path / 'ssg.sqlite3'}") as store:
        yield Workshop(store.workshop, tmp_path / "workshop")


@pytest.fixture
def unread(shop, tmp_path):
    """A private set of five radiographs that nobody has read."""
    made = shop.create("Unread", "private", "Ann")
    files = {f"xr{number}": radiograph(number, StudyInstanceUID=f"1.7.{number}") for number in range(5)}
    shop.take_in(made.id, [save(tmp_path / "in", files)], "Ann", limits=Limits(look_for_text=False))
    return made.id


def checked(shop, set_id):
    return check_html(shop, set_id, *shop.draft(set_id))


def test_what_is_true_of_many_cases_is_said_once_with_their_number(shop, unread):
    shown = checked(shop, unread)
    assert shown.count("it asks nothing") == 1 and "5 cases, of each: it asks nothing" in shown
    for work in shop.store.cases(unread)[2:]:
        shop.store.remove_case(unread, work.case_id, "Ann")
    shown = checked(shop, unread)
    assert shown.count("it asks nothing") == 2 and "case <a" not in shown and ">Case 1, " in shown


def test_a_set_without_cases_says_what_comes_first(shop):
    made = shop.create("Empty", "CC0-1.0", "Ann")
    assert "Take pictures in first" in (shown := checked(shop, made.id)) and "<li" not in shown


def test_pictures_that_stay_in_the_house_and_are_seen_by_all_are_worth_a_second_look(shop, unread):
    shop.publish(unread, "1.0.0", "", "Ann")
    assert "stay in the house" not in checked(shop, unread)
    shop.store.set_visibility(unread, "public", "Ann")
    shown = checked(shop, unread)
    assert "Worth a second look" in shown and "Everybody sees this set" in shown
    assert "Nothing has changed since version 1.0.0" in shown


def test_one_comparison_of_readers_is_no_percentage():
    pair = Pair("case", "nodule", ("Ann", "Bob"), (True, True), 0.9)
    assert "could be compared once, and the readers say the same" in kappa_html([pair])
    assert "in 100% of 2 comparisons" in kappa_html([pair, pair])


def test_pictures_that_the_set_has_already_are_told_at_once(shop, tmp_path):
    made = shop.create("Twice", "private", "Ann")
    files = save(tmp_path / "in", {"xr1": radiograph(1, StudyInstanceUID="1.7.1")})
    first, _ = shop.take_in(made.id, [files], "Ann")
    assert first and twice_html(shop, first) == ""
    save(tmp_path / "in", {"xr2": radiograph(2, StudyInstanceUID="1.7.2")})
    again, _ = shop.take_in(made.id, [files], "Ann")
    told = twice_html(shop, again)
    assert len(again) == 2 and "1 case of these" in told and again[0].case_id not in told
    assert any(str(work.body["title"]) in told for work in again)


def test_advice_on_several_cases_names_them_without_a_word_too_much(shop, tmp_path):
    made = shop.create("Twice", "private", "Ann")
    files = save(tmp_path / "in", {"xr1": radiograph(1)})
    for _ in range(2):
        shop.take_in(made.id, [files], "Ann")
    shown = checked(shop, made.id)
    assert "have the same picture" in shown and "cases <a" not in shown


def test_what_readers_differ_in_is_said_once():
    nodule, far = region(), region((70, 70, 90, 90))
    ann = Reader((nodule,), ("mass",), "Ann")
    for bob in (Reader((), ("nodule", "mass"), "Bob"), Reader((far,), ("mass",), "Bob")):
        shown = agreement_html(replace(case(ann), readers=(ann, bob)))
        assert len(re.findall(r"<li>[^<]*nodule", shown)) == 1 and "both exclude: mass" in shown
    same = agreement_html(replace(case(ann), readers=(ann, replace(ann, id="Bob"))))
    assert "nodule: Ann and Bob both mark it, IoU 1.00" in same


def test_the_version_in_use_and_its_date_are_told(shop, unread):
    shop.publish(unread, "1.0.0", "the first", "Ann")
    (one,) = shop.store.versions(unread)
    assert version_in_words(one, "1.0.0") == f"1.0.0 · in use · {one.made_at:%Y-%m-%d} · 5 cases · Ann · the first"
    assert "in use" not in version_in_words(one, "1.1.0")


def test_a_set_has_a_title_of_its_own(shop, unread):
    with pytest.raises(BadInput, match="There is a set “unread” already"):
        require_new_title(shop, " unread ")
    require_new_title(shop, "Unread too")


def test_that_a_case_was_removed_is_said_while_it_is(shop, unread):
    work = shop.store.cases(unread)[0]
    asked = {"set": unread, "removed": work.case_id}
    assert removed_html(shop, asked) == ""
    shop.store.remove_case(unread, work.case_id, "Ann")
    assert str(work.body["title"]) in (told := removed_html(shop, asked)) and "Removed cases" in told
    assert removed_html(shop, {"set": unread}) == ""


def test_each_series_of_a_case_says_of_which_files_it_is(shop, tmp_path):
    made = shop.create("Two views", "private", "Ann")
    views = {
        f"{view}.dcm": radiograph(
            number, StudyInstanceUID="1.7.1", SeriesInstanceUID=f"1.8.{number}", ViewPosition=view
        )
        for number, view in enumerate(("PA", "LL"))
    }
    (work,), found = shop.take_in(made.id, [save(tmp_path / "in", views)], "Ann")
    files = dict(zip([work.case_id], files_of_cases(found.studies), strict=True))
    taken = shop.open(made.id, work.case_id).case
    tiles = re.findall(r"<li.*?</li>", strips_html(made.id, [taken], files))
    assert len(tiles) == 2
    for series, tile in zip(taken.series, tiles, strict=True):
        assert re.findall(r"from (\w+)\.dcm", tile) == [view for view in ("PA", "LL") if view in series.title], tile


def test_beside_a_field_for_files_stands_what_to_do_with_a_larger_one():
    with gr.Blocks() as page:
        folder_files("Files", "some", 50)
    (told,) = [block.value for block in page.blocks.values() if isinstance(block, gr.HTML)]
    assert "more than 50 MB is refused" in told and "python -m ssg cases import" in told
