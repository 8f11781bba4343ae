"""OME sets read by any of their files, files that were renamed, and acquisitions that were stopped."""

import numpy as np
import pytest
import tifffile

from coloc_bridge.errors import ImageFileError
from coloc_bridge.images import channel_names, files_of, image_names, open_image

PLANES = np.random.default_rng(2).integers(0, 900, (5, 4, 2, 10, 12)).astype(np.uint16)  # T, Z, C, Y, X
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"'


def image(data, *, z=1, t=1, number=0, name=""):
    return (
        f'<Image ID="Image:{number}" Name="{name}"><Pixels ID="Pixels:{number}" DimensionOrder="XYCZT" Type="uint16" '
        f'SizeX="12" SizeY="10" SizeC="2" SizeZ="{z}" SizeT="{t}"><Channel ID="Channel:{number}:0" Name="GFP"/>'
        f'<Channel ID="Channel:{number}:1" Name="RFP"/>{data}</Pixels></Image>'
    )


def plane(ifd, *, c=0, z=0, t=0, file="", uuid=""):
    where = f'<UUID FileName="{file}">urn:uuid:{uuid or file}</UUID>' if file else ""
    return f'<TiffData FirstC="{c}" FirstZ="{z}" FirstT="{t}" IFD="{ifd}" PlaneCount="1">{where}</TiffData>'


def write(path, planes, *images, uuid=""):
    xml = f"{HEAD}{f' UUID={chr(34)}urn:uuid:{uuid}{chr(34)}' if uuid else ''}>{''.join(images)}</OME>"
    tifffile.imwrite(path, planes, description=xml, metadata=None, photometric="minisblack")
    return path


CHANNELS = image(plane(0, c=0, file="c0.ome.tif") + plane(0, c=1, file="c1.ome.tif"))


@pytest.fixture
def with_companion(tmp_path):
    (tmp_path / "cells.companion.ome").write_text(f'{HEAD} UUID="urn:uuid:set">{CHANNELS}</OME>', encoding="utf-8")
    part = '<BinaryOnly MetadataFile="cells.companion.ome" UUID="urn:uuid:set"/>'
    for c in range(2):
        write(tmp_path / f"c{c}.ome.tif", PLANES[0, 0, c], part, uuid=f"c{c}.ome.tif")
    return tmp_path


@pytest.mark.parametrize("name", ["cells.companion.ome", "c0.ome.tif", "c1.ome.tif"])
def test_a_set_is_read_by_any_of_its_files(with_companion, name):
    found = open_image(with_companion / name)
    np.testing.assert_array_equal(found.values, PLANES[0, 0])
    assert (channel_names(found), found.name) == (["GFP", "RFP"], name)


@pytest.mark.parametrize(
    ("gone", "opened", "words"),
    [
        (["cells.companion.ome"], "c0.ome.tif", r"part of the set that cells\.companion\.ome describes"),
        (["c0.ome.tif", "c1.ome.tif"], "cells.companion.ome", r"in other files \(c0\.ome\.tif, c1\.ome\.tif\)"),
        (["c1.ome.tif"], "cells.companion.ome", r"incomplete \(c1\.ome\.tif is not beside it\).* 1 of 2 channels"),
    ],
)
def test_a_set_that_lacks_a_file(with_companion, gone, opened, words):
    for name in gone:
        (with_companion / name).unlink()
    with pytest.raises(ImageFileError, match=words) as caught:
        open_image(with_companion / opened)
    assert "damaged" not in str(caught.value)


def test_a_companion_that_is_no_xml(tmp_path):
    (tmp_path / "cells.companion.ome").write_text(f"{HEAD}><Image>", encoding="utf-8")
    with pytest.raises(ImageFileError, match="OME description is no XML"):
        open_image(tmp_path / "cells.companion.ome")


def test_a_description_of_no_planes(tmp_path):
    (tmp_path / "cells.ome.xml").write_text(f"{HEAD}>{image('<MetadataOnly/>')}</OME>", encoding="utf-8")
    with pytest.raises(ImageFileError, match="is an OME description without planes; give the TIFF it is for"):
        open_image(tmp_path / "cells.ome.xml")


def test_the_second_file_of_a_set_leads_to_the_first(tmp_path):
    data = "".join(plane(c, c=c, z=z, file=f"x{'_1' * z}.ome.tif") for z in range(2) for c in range(2))
    write(tmp_path / "x.ome.tif", PLANES[0, 0], image(data, z=2), uuid="x.ome.tif")
    part = '<BinaryOnly MetadataFile="x.ome.tif" UUID="urn:uuid:x.ome.tif"/>'
    write(tmp_path / "x_1.ome.tif", PLANES[0, 1], part, uuid="x_1.ome.tif")
    for name in ("x.ome.tif", "x_1.ome.tif"):
        np.testing.assert_array_equal(open_image(tmp_path / name).values, np.moveaxis(PLANES[0, :2], 1, 0))


def test_files_that_name_each_other_end_in_a_sentence(tmp_path):
    for name, other in (("a", "b"), ("b", "a")):
        write(tmp_path / f"{name}.ome.tif", PLANES[0, 0, 0], f'<BinaryOnly MetadataFile="{other}.ome.tif"/>')
    with pytest.raises(ImageFileError, match=r"set that b\.ome\.tif describes, which has no description"):
        open_image(tmp_path / "a.ome.tif")


def test_a_renamed_file_that_has_all_planes_is_read(tmp_path):
    old = "first name.ome.tif"
    path = write(tmp_path / "new.ome.tif", PLANES[0, 0], image(plane(0, file=old) + plane(1, c=1, file=old)))
    with pytest.warns(UserWarning, match=r"new\.ome\.tif: was renamed from 'first name\.ome\.tif'"):
        found = open_image(path)
    np.testing.assert_array_equal(found.values, PLANES[0, 0])
    assert channel_names(found) == ["GFP", "RFP"]


def test_a_renamed_file_of_a_set_names_the_others(tmp_path):
    path = write(tmp_path / "new.ome.tif", PLANES[0, 0, 0], CHANNELS)
    with pytest.raises(ImageFileError, match=r"not beside it: c0\.ome\.tif, c1\.ome\.tif.* renamed .*names they had"):
        open_image(path)


def everything(planes):
    return image("<TiffData/>", z=4, t=5)


def one_by_one(planes):
    at = [(t, z, c) for t in range(5) for z in range(4) for c in range(2)][:planes]
    return image("".join(plane(i, t=t, z=z, c=c) for i, (t, z, c) in enumerate(at)), z=4, t=5)


@pytest.mark.parametrize("describe", [everything, one_by_one])
@pytest.mark.parametrize(
    ("planes", "words", "kept"),
    [
        (39, "4 of 5 time points are there", np.s_[:4]),
        (17, "2 of 5 time points are there", np.s_[:2]),
        (7, "1 of 5 time points, 3 of 4 slices are there", np.s_[0, :3]),
        (5, "1 of 5 time points, 2 of 4 slices are there", np.s_[0, :2]),
    ],
)
def test_a_stopped_acquisition(tmp_path, describe, planes, words, kept):
    path = write(tmp_path / "a.ome.tif", PLANES.reshape(-1, 10, 12)[:planes], describe(planes))
    with pytest.raises(
        ImageFileError, match=rf"is incomplete, .*: {words}; measure these with .*--partial"
    ) as caught:
        open_image(path)
    assert "damaged" not in str(caught.value)
    with pytest.warns(UserWarning, match=words) as said:
        found = open_image(path, partial=True)
    assert len(said) == 1
    np.testing.assert_array_equal(found.values, np.moveaxis(PLANES[kept], -3, -4))


def test_partial_changes_nothing_in_a_whole_file(tmp_path):
    path = write(tmp_path / "a.ome.tif", PLANES.reshape(-1, 10, 12), everything(40))
    np.testing.assert_array_equal(open_image(path, partial=True).values, open_image(path).values)


def test_a_stopped_imagej_stack(tmp_path):
    path = tmp_path / "a.tif"
    text = "ImageJ=1.54p\nimages=8\nchannels=2\nslices=4\nhyperstack=true\n"
    with tifffile.TiffWriter(path) as file:
        for i, one in enumerate(PLANES[0].reshape(-1, 10, 12)[:5]):
            file.write(one, description=None if i else text, metadata=None, contiguous=False)
    with pytest.raises(ImageFileError, match="2 of 4 slices are there; measure these"):
        open_image(path)
    with pytest.warns(UserWarning, match="2 of 4 slices are there and are read"):
        found = open_image(path, partial=True)
    np.testing.assert_array_equal(found.values, np.moveaxis(PLANES[0, :2], 1, 0))
    assert image_names(path) == [""]


def test_positions_that_were_never_recorded_are_said(tmp_path):
    images = [image(plane(2 * i) + plane(2 * i + 1, c=1), number=i, name=f"position {i}") for i in range(3)]
    path = write(tmp_path / "a.ome.tif", PLANES[0, 0], *images)
    with pytest.warns(UserWarning, match="1 of the 3 images it describes are there"):
        np.testing.assert_array_equal(open_image(path).values, PLANES[0, 0])
    with pytest.warns(UserWarning, match="1 of the 3 images"):
        assert image_names(path) == ["position 0"]


@pytest.mark.parametrize(("name", "beside"), [("x.oif", "x.oif.files"), ("x.vsi", "_x_")])
def test_the_folder_that_has_the_pixels_is_a_part_of_the_image(tmp_path, name, beside):
    (tmp_path / name).write_bytes(b"")
    assert files_of(tmp_path / name) == (tmp_path / name,)
    (tmp_path / beside).mkdir()
    assert files_of(tmp_path / name) == (tmp_path / name, tmp_path / beside)


def test_files_of_a_set_in_a_folder_below_are_parts_of_it(tmp_path):
    (tmp_path / "data").mkdir()
    planes = [plane(0, c=c, file=name) for c, name in enumerate(("a.ome.tif", "data/b.ome.tif"))]
    for c, name in enumerate(("a.ome.tif", "data/b.ome.tif")):
        write(tmp_path / name, PLANES[0, 0, c], image("".join(planes)), uuid=name)
    assert files_of(tmp_path / "a.ome.tif") == (tmp_path / "a.ome.tif", tmp_path / "data/b.ome.tif")
    np.testing.assert_array_equal(open_image(tmp_path / "a.ome.tif").values, PLANES[0, 0])
