"""Stored values as samples: exact up to 65,536 of them, through tables too."""

import numpy as np
import pytest

from ssg.imaging.grey import LookupTable
from ssg.imaging.levels import through_table
from tests.imaging.building import decoded, dicom, table

TABLE = LookupTable(np.arange(256, dtype=np.uint16) * 200, -3, 16)


@pytest.mark.parametrize("highest", [255, 70_000, 200_000, 2**32 - 1])
def test_a_table_gives_its_entries_whatever_the_range_of_what_is_stored(highest):
    stored = np.array([[0, 10, 200, 252, 253, highest]], np.uint32)
    found = through_table(stored, TABLE)
    np.testing.assert_array_equal(found.samples, TABLE.through(stored.astype(float)))
    assert (found.offset, found.slope, found.kinds) == (0.0, 1.0, 51_001)


def test_a_modality_table_on_words_of_32_bits():
    stored = np.array([[0, 10], [255, 200_000]], np.uint32)
    image = decoded(dicom(stored, ModalityLUTSequence=table([200 * number for number in range(256)], 0)))
    assert (image.samples_offset + image.samples_slope * image.samples).tolist() == [[0, 2000], [51_000, 51_000]]
