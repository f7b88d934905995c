import shutil

import pytest

from ssg.casebook import read_case_set
from ssg.errors import BadInput
from ssg.settings import BUNDLED_CASES
from ssg.web.images import ImageShelf


@pytest.fixture
def case_set(tmp_path):
    folder = tmp_path / "set"
    shutil.copytree(BUNDLED_CASES / "chest-xray-first-steps", folder)
    return read_case_set(folder)


def test_another_picture_of_the_same_size_is_not_shown(tmp_path, case_set):
    first, second = case_set.cases[:2]
    shutil.copy(case_set.image_path(second), case_set.image_path(first))
    shelf = ImageShelf(b"key", tmp_path / "uploads")
    with pytest.raises(BadInput, match=first.image.file):
        shelf.path("anyone", shelf.case_id(case_set, first))
    assert shelf.path("anyone", shelf.case_id(case_set, second)) == case_set.image_path(second)
