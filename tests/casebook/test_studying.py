"""What is in a set, how far its readers agree, which pictures are alike, and what changed since the last version."""

import copy
import hashlib
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from ssg.boxes import Box, size_of
from ssg.casebook import Case, CaseImage, CaseSet, Reader, Series, read_case_set
from ssg.casebook.agreement import Kappa, differences, kappa_of, pairs, places_of
from ssg.casebook.comparing import changes
from ssg.casebook.likeness import alike, picture_hash
from ssg.casebook.stats import stats_of
from ssg.cli.main import main
from ssg.phantoms import draw
from ssg.reward import Region

IMAGE = CaseImage("images/x.png", 100, 100, "0" * 64)
LEFT, NEAR, FAR = Box(0, 0, 20, 20), Box(0, 0, 20, 10), Box(60, 60, 80, 80)


def case(*readers, name="c"):
    return Case(name, "t", "h", "DX", 1, (Series.single(IMAGE),), readers, ("nodule",))


def reader(name, *boxes, absent=(), finding="nodule", **more):
    return Reader(tuple(Region(finding, box, **more) for box in boxes), absent, name)


def test_readers_are_compared_only_where_both_state_something():
    one = case(
        reader("A", LEFT), reader("B", NEAR), reader("C", absent=("nodule", "mass")), reader("D", absent=("mass",))
    )
    found = {(pair.finding, *pair.readers): (pair.present, pair.places) for pair in pairs(one)}
    assert found == {
        ("nodule", "A", "B"): ((True, True), 0.5),
        ("nodule", "A", "C"): ((True, False), None),
        ("nodule", "B", "C"): ((True, False), None),
        ("mass", "C", "D"): ((False, False), None),
    }


def test_what_was_adjudicated_is_no_reading_of_its_own():
    apart = case(reader("A", LEFT), reader("B", absent=("nodule",)))
    decided = replace(apart, readers=(*apart.readers, reader("adjudicated", LEFT)))
    assert list(pairs(decided)) == list(pairs(apart)) and differences(decided) == differences(apart)
    one, other = (stats_of(CaseSet("s", "t", "1", "l", "p", False, (it,)), look=False) for it in (decided, apart))
    assert one.readers == other.readers == 2 and one.findings["nodule"].presence == other.findings["nodule"].presence


def test_a_kind_of_a_finding_is_the_finding():
    one = case(reader("A", LEFT, finding="consolidation"), reader("B", absent=("lung opacity",)))
    assert [pair.present for pair in pairs(one) if pair.finding == "consolidation"] == [(True, False)]


def test_boxes_are_matched_picture_by_picture():
    assert places_of(reader("A", LEFT, FAR), reader("B", LEFT), "nodule") == 0.5
    assert places_of(reader("A", LEFT), reader("B", LEFT, picture=1), "nodule") == 0
    assert places_of(reader("A", LEFT, FAR), reader("B", FAR, LEFT), "nodule") == 1


def stack_of(*readers):
    frames = tuple(CaseImage(f"images/{number}.png", 100, 100, "0" * 64) for number in range(12))
    other = Series("other", frames[:2])
    return Case("c", "t", "h", "CT", 1, (Series("s", frames), other), readers, ("nodule",))


def lesion(name, box, *pictures, word="n1"):
    return Reader(tuple(Region("nodule", box, None, None, at, word) for at in pictures), (), name)


@pytest.mark.parametrize(
    ("second", "places"),
    [
        (lesion("B", LEFT, 4, 5, 6), 1.0),
        (lesion("B", NEAR, 4, 5, 6), 0.5),
        (lesion("B", LEFT, 5, 6), 1.0),
        (lesion("B", NEAR, 7), 0.5),
        (lesion("B", LEFT, 8), 0.0),
        (lesion("B", FAR, 3, 4, 5), 0.0),
        (lesion("B", LEFT, 12), 0.0),
    ],
)
def test_a_lesion_on_different_slices_is_compared_where_it_overlaps_in_the_stack(second, places):
    first = lesion("A", LEFT, 2, 3, 4)
    (pair,) = pairs(stack_of(first, second))
    assert pair.places == pytest.approx(places)
    assert bool(differences(stack_of(first, second))) == (places < 0.5)


def test_each_lesion_of_a_stack_is_matched_once():
    both = Reader((*lesion("A", LEFT, 2, 3).regions, *lesion("A", FAR, 3, 4, word="n2").regions), (), "A")
    assert places_of(both, lesion("B", FAR, 4, 5), "nodule", stack_of()) == pytest.approx(0.5)


def test_kappa_is_agreement_beyond_chance():
    there, not_there = reader("A", LEFT), reader("A", absent=("nodule",))
    also, not_also = reader("B", LEFT), reader("B", absent=("nodule",))
    mixed = [case(there, also), case(not_there, not_also), case(there, not_also), case(not_there, also)]
    found = [pair for one in mixed for pair in pairs(one)]
    assert kappa_of(found) == Kappa(0.0, 0.5, 4)
    assert kappa_of(found[:2]) == Kappa(1.0, 1.0, 2)
    assert kappa_of(found[2:]).kappa == -1
    assert kappa_of(found[:1]) == Kappa(None, 1.0, 1), "where all is there, chance agrees always"
    assert kappa_of([]) == Kappa(None, 0.0, 0)


def test_who_differs_where_is_said():
    one = case(reader("A", LEFT), reader("B", FAR), reader("C", absent=("nodule",)), reader("D", absent=("mass",)))
    assert differences(one) == [
        "A and B mark nodule in different places (IoU 0.00).",
        "A marks nodule, C says that it is not there.",
        "B marks nodule, C says that it is not there.",
        "A marks nodule, D says nothing of it.",
        "B marks nodule, D says nothing of it.",
    ]
    assert differences(case(reader("A", LEFT), reader("B", NEAR))) == []


def pixels_of(seed, size=256):
    return draw("chest-xray", seed, size=size).pixels


def test_a_smaller_brighter_or_packed_copy_looks_alike_and_another_person_does_not():
    first = pixels_of(1)
    out = io.BytesIO()
    Image.fromarray(first).save(out, format="JPEG", quality=60)
    copies = {
        "smaller": np.asarray(Image.fromarray(first).resize((100, 100), Image.Resampling.LANCZOS)),
        "brighter": np.clip(first * 0.8 + 40, 0, 255).astype(np.uint8),
        "packed": np.asarray(Image.open(out)),
    }
    hashes = {"first": first, **copies, **{f"other {seed}": pixels_of(seed) for seed in range(2, 12)}}
    assert alike({name: picture_hash(pixels) for name, pixels in hashes.items()}) == [["first", *copies]]
    assert alike({}) == alike({"one": picture_hash(first)}) == []


def test_the_real_sets_at_two_sizes_are_the_same_pictures(shared_data):
    large = sorted((shared_data / "nih-cxr-bbox" / "images").glob("*.png"))
    small = {path.stem: path for path in (shared_data / "nih-cxr-train" / "images").glob("*.jpg")}
    both = [path for path in large if path.stem in small][:20]
    assert both
    hashes = {}
    for path in both:
        for name, one in ((path.stem, path), (f"{path.stem} small", small[path.stem])):
            hashes[name] = picture_hash(np.asarray(Image.open(one).convert("L")))
    assert sorted(map(sorted, alike(hashes))) == [[path.stem, f"{path.stem} small"] for path in both]


def test_a_set_is_counted(folder):
    second = folder.manifest["cases"][1]
    second["image"] = copy.deepcopy(folder.case["image"])
    second["readers"] = [
        {"id": "A", "absent": ["pleural effusion"], "other": [{"label": "Zorp"}]},
        {"id": "B", "absent": ["nodule"]},
    ]
    second["question"] = ["pleural effusion"]
    del second["teaching_points"]
    found = stats_of(read_case_set(folder.save()))
    assert (found.cases, found.pictures, found.readers, found.nothing_marked) == (2, 2, 2, 1)
    effusion = found.findings["pleural effusion"]
    assert (effusion.present, effusion.absent) == (1, 1) and sum(effusion.sizes.values()) == 2
    assert effusion.places == pytest.approx(26 * 27 / (28.5 * 28), abs=1e-6) and effusion.presence.pairs == 1
    assert found.same == [["c1", "c2"]] and found.alike == [] and found.without_a_name == {"Zorp": 1}
    assert json.loads(json.dumps(found.to_json()))["findings"]["nodule"]["absent"] == 1


@pytest.mark.parametrize(("share", "size"), [(0.0199, "small"), (0.02, "medium"), (0.0999, "medium"), (0.1, "large")])
def test_sizes(share, size):
    assert size_of(share) == size


def test_stats_by_command(folder, tmp_path, capsys):
    assert main(["cases", "stats", str(folder.path), "--html", str(tmp_path / "x.html")]) == 0
    out = capsys.readouterr().out
    assert "2 cases, 2 pictures, readers: 2" in out and "pleural effusion" in out
    page = (tmp_path / "x.html").read_text()
    assert "A small set" in page and "pleural effusion" in page and "cdn.plot.ly" not in page.split("<body>")[0]
    assert main(["cases", "stats", str(folder.path), "--json", "--quick"]) == 0
    assert json.loads(capsys.readouterr().out)["cases"] == 2
    for more, said in (
        (["--html", "x.txt"], "names a page"),
        (["--html", str(tmp_path / "no" / "x.html")], "cannot be written"),
    ):
        assert main(["cases", "stats", str(folder.path), *more]) == 2
        assert said in capsys.readouterr().err
    (folder.path / "images" / "c1.png").write_bytes(b"no picture, but long enough to be read as one, is this")
    assert main(["cases", "stats", str(folder.path)]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_what_changed_is_said_one_by_one(folder, tmp_path):
    before = read_case_set(folder.path)
    manifest = folder.manifest
    manifest["version"] = "1.1.0"
    first, second = manifest["cases"]
    first["history"] = "Another one."
    first["readers"][0]["regions"][0]["box"] = [3, 21, 30, 47]
    first["readers"][0]["regions"].append({"finding": "nodule", "box": [1, 1, 4, 4]})
    first["readers"][0]["absent"] = []
    first["question"] = ["pleural effusion"]
    first["teaching_points"] = first["teaching_points"][:1]
    del first["readers"][1]
    third = copy.deepcopy(second) | {"id": "c3", "title": "New"}
    manifest["cases"] = [third, first]
    found = [str(change) for change in changes(before, read_case_set(folder.save()))]
    assert found == [
        "~ version: 1.0.0 → 1.1.0",
        "- case c2, case: Short of breath",
        "+ case c3, case: New",
        "~ case c1, history: 58-year-old man. Three weeks of it. No fever. → Another one.",
        "~ case c1, reader A, region: right pleural effusion [2, 20, 30.5, 48] → "
        "right pleural effusion [3, 21, 30, 47]",
        "+ case c1, reader A, region: nodule [1, 1, 4, 4]",
        "- case c1, reader A, absent: pneumothorax",
        "- case c1, reader B: 1 region, 0 exclusions",
        "- case c1, question: pneumothorax",
        "- case c1, teaching_points: Look up.",
    ]
    assert changes(before, before) == []


def test_far_digits_of_a_box_are_no_change(folder):
    box = folder.case["readers"][0]["regions"][0]["box"] = [2.1, 20.123456, 30.5, 48]
    structure = {"finding": "heart", "box": [20, 10, 50, 40]}
    folder.case["structures"] = [structure]
    before = read_case_set(folder.save())
    box[1] += 0.0049
    structure["box"] = [20.0000001, 10, 50, 40]
    assert changes(before, read_case_set(folder.save())) == []
    box[1] += 0.0052
    (change,) = changes(before, read_case_set(folder.save()))
    assert change.before != change.after and "20.123," in str(change.before) and "20.134," in str(change.after)


def test_what_is_said_to_change_differs_in_the_words(folder):
    region = folder.case["readers"][0]["regions"][0]
    before = read_case_set(folder.path)
    for more in ({"phrase": "fluid on the right"}, {"lesion": "e1"}, {"confidence": 0.5}):
        region |= more
        (change,) = changes(before, after := read_case_set(folder.save()))
        assert change.before != change.after
        before = after


def test_pictures_and_order_are_compared(folder):
    before = read_case_set(folder.path)
    first, second = folder.manifest["cases"]
    data = (folder.path / "images" / "c2.png").read_bytes()
    (folder.path / "images" / "c1.png").write_bytes(data)
    first["image"]["sha256"] = hashlib.sha256(data).hexdigest()
    second["image"]["inverted"] = True
    first["teaching_points"][0] = {"text": first["teaching_points"][0]["text"]}
    folder.manifest["cases"] = [second, first]
    found = {(change.case, change.field) for change in changes(before, read_case_set(folder.save()))}
    tied = ("c1", "teaching_points, their order or what they are tied to")
    assert found == {("c1", "pictures"), ("c2", "how pictures are shown"), ("", "order of cases"), tied}


def test_diff_by_command(folder, tmp_path, capsys):
    assert main(["cases", "diff", str(folder.path), str(folder.path)]) == 0
    assert capsys.readouterr().out == "Nothing differs.\n"
    other = tmp_path / "other"
    (other / "images").mkdir(parents=True)
    for path in (folder.path / "images").iterdir():
        (other / "images" / path.name).write_bytes(path.read_bytes())
    (other / "case_set.json").write_text(json.dumps(folder.manifest | {"title": "Other"}))
    assert main(["cases", "diff", str(folder.path), str(other), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"case": "", "field": "title", "before": "A small set", "after": "Other"},
    ]
    assert main(["cases", "diff", str(folder.path), str(tmp_path / "none")]) == 2
