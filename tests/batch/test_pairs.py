"""Channels in files of their own: by patterns, by two folders, and what is offered where names look so."""

import itertools

import imagecodecs
import numpy as np
import pytest
import tifffile

import coloc_bridge as cb
from coloc_bridge.batch import Job, analyse_folder
from coloc_bridge.batch.pairs import Pattern, guess, patterns
from coloc_bridge.errors import ImageFileError
from coloc_bridge.fiji.folder import batch


def plane(name):
    """Pixels that are another picture for every name."""
    return np.random.default_rng(list(name.encode())).integers(0, 900, (10, 12)).astype(np.uint16)


def write(folder, *names):
    folder.mkdir(exist_ok=True)
    for name in names:
        tifffile.imwrite(folder / name, plane(name))
    return folder


def r(a, b):
    return cb.pearson(plane(a), plane(b))[0]


C = ("C1-{name}.tif", "C2-{name}.tif")


def test_a_pair_of_patterns(tmp_path):
    folder = write(tmp_path / "f", *(f"C{c}-cell{i}.tif" for c in (1, 2, 3) for i in range(3)))
    (folder / "C1-cell9.txt").write_text("")
    result = analyse_folder(folder, None, Job(), pair=C)
    assert [(row["file"], row["channel_a"], row["channel_b"], row["pcc"]) for row in result.rows] == [
        (f"cell{i}", f"C1-cell{i}", f"C2-cell{i}", r(f"C1-cell{i}.tif", f"C2-cell{i}.tif")) for i in range(3)
    ]
    assert result.failures == {}
    assert result.passed == (
        "passed over: 1 .txt",
        "passed over: 3 images called otherwise than the pair (C3-cell0.tif, C3-cell1.tif, C3-cell2.tif)",
    )


def test_any_fields_in_any_order_and_two_folders(tmp_path):
    for folder, c in (("red", "R"), ("green", "G")):
        write(tmp_path / folder, *(f"{c}_{well}_s{s}.tif" for well in ("A_1", "B_2") for s in (1, 2)))
    pair = ("R_{well}_s{site}.tif", "G_{well}_s{site}.tif")
    result = analyse_folder(tmp_path / "red", tmp_path / "green", Job(), pair=pair)
    assert [row["file"] for row in result.rows] == ["A_1 1", "A_1 2", "B_2 1", "B_2 2"]
    assert result.rows[3]["pcc"] == r("R_B_2_s2.tif", "G_B_2_s2.tif")


def test_what_has_no_partner_is_said(tmp_path):
    folder = write(tmp_path / "f", "C1-a.tif", "C2-a.tif", "C1-b.tif", "C2-c.tif")
    result = analyse_folder(folder, None, Job(), pair=C)
    assert [row["file"] for row in result.rows] == ["a"]
    assert result.failures == {
        "C1-b.tif": "has no partner: there is no C2-b.tif",
        "C2-c.tif": "has no partner: there is no C1-c.tif",
    }


def test_masks_by_the_name_of_the_pair(tmp_path):
    folder = write(tmp_path / "f", "C1-a.tif", "C2-a.tif", "C1-b.tif", "C2-b.tif")
    masks = tmp_path / "masks"
    masks.mkdir()
    for rows, name in enumerate(("a.tif", "C1-b.tif"), start=1):
        inside = np.zeros((10, 12), np.uint8)
        inside[:rows] = 1
        tifffile.imwrite(masks / name, inside)
    assert [row["n_pixels"] for row in analyse_folder(folder, None, Job(mask=masks), pair=C).rows] == [12, 24]


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        (("C1-x.tif", "C2-x.tif"), "a word in braces is needed"),
        (("C1-{}.tif", "C2-{}.tif"), "a word in braces is needed"),
        (("C1-{a b}.tif", "C2-{a b}.tif"), "a word in braces is needed"),
        (("C1-{name.tif", "C2-{name}.tif"), "write {name} where names differ"),
        (("C1-{name}.tif", "C2-{other}.tif"), "both need the same"),
        (("{name}.tif", "{name}.tif"), "are two files"),
        (("{name}.tif",), "the names of two channels are needed"),
        (("Q1-{name}.tif", "C2-{name}.tif"), "no image is called as 'Q1-{name}.tif'; there are C1-a.tif, C2-a.tif"),
    ],
)
def test_patterns_that_are_none(tmp_path, pair, words):
    with pytest.raises(ValueError, match=words.replace("{", r"\{")):
        analyse_folder(write(tmp_path / "f", "C1-a.tif", "C2-a.tif"), None, Job(), pair=pair)


@pytest.mark.parametrize(
    "text", ["{a}.tif", "C1-{a}_{b}.ome.tif", "[x] {a}+({b}).tif", "{{{a}}}.tif", "{a}_{a}_{b}.tif"]
)
def test_a_pattern_reads_what_it_writes(text):
    pattern = Pattern(text)
    for values in itertools.product(("x", "a.b", "7 (2)", "ü"), repeat=len(pattern.names)):
        fields = dict(zip(pattern.names, values, strict=True))
        assert pattern.fields(pattern.file_name(fields)) == fields


OFFERED = {
    ("C1-cell0.tif", "C2-cell0.tif"): ("C1-{name}.tif", "C2-{name}.tif"),
    ("a_ch00.tif", "a_ch01.tif", "b_ch00.tif", "b_ch01.tif"): ("{name}_ch00.tif", "{name}_ch01.tif"),
    ("a_w1DAPI.TIF", "a_w2GFP.TIF"): ("{name}_w1DAPI.TIF", "{name}_w2GFP.TIF"),
    ("a_w1DAPI_s1.TIF", "a_w2GFP_s1.TIF", "a_w1DAPI_s2.TIF", "a_w2GFP_s2.TIF"): (
        "{name}_w1DAPI_{rest}.TIF",
        "{name}_w2GFP_{rest}.TIF",
    ),
    ("0_1_N_G.png", "0_1_N_R.png"): ("{name}_G.png", "{name}_R.png"),
    ("x_c1.tif", "x_c2.tif", "x_c10.tif", "y_c1.tif", "y_c2.tif"): ("{name}_c1.tif", "{name}_c2.tif"),
    ("x_c10.tif", "x_c2.tif"): ("{name}_c2.tif", "{name}_c10.tif"),
    ("x-GFP.ome.tif", "x-mCherry.ome.tif"): ("{name}-GFP.ome.tif", "{name}-mCherry.ome.tif"),
    ("x 488.tif", "x 561.tif"): ("{name} 488.tif", "{name} 561.tif"),
    ("DAPI_x.tif", "GFP_x.tif"): ("DAPI_{name}.tif", "GFP_{name}.tif"),
    ("r01c01f01p01-ch1sk1fk1fl1.tiff", "r01c01f01p01-ch2sk1fk1fl1.tiff"): (
        "{name}-ch1sk1fk1fl1.tiff",
        "{name}-ch2sk1fk1fl1.tiff",
    ),
    ("A01f00d0.TIF", "A01f00d1.TIF"): ("{name}d0.TIF", "{name}d1.TIF"),
    ("{x}_red.tif", "{x}_green.tif"): ("{name}_green.tif", "{name}_red.tif"),
}


@pytest.mark.parametrize("names", OFFERED, ids=lambda names: names[0])
def test_the_conventions_of_programs(tmp_path, names):
    found = guess(names)
    assert (found.a.text, found.b.text) == OFFERED[names]
    result = analyse_folder(write(tmp_path / "f", *names), None, Job(), pair=OFFERED[names])
    assert len(result.rows) == len(names) // 2
    assert result.failures == {}


@pytest.mark.parametrize(
    "names",
    [("a.tif", "b.tif"), ("cell1.tif", "cell2.tif"), ("x_001.tif", "x_002.tif"), ("r01c01.tif", "r01c02.tif"), ()],
)
def test_names_that_do_not_look_like_channels(names):
    assert guess(names) is None


def test_the_command_is_offered_once_and_works(call, tmp_path):
    folder = write(tmp_path / "f", *(f"C{c}-cell{i}.tif" for c in (1, 2, 3) for i in range(2)), "lonely.tif")
    tifffile.imwrite(folder / "both.tif", np.stack([plane("a"), plane("b")]), imagej=True, metadata={"axes": "CYX"})
    result = analyse_folder(folder, None, Job())
    assert [row["file"] for row in result.rows] == ["both.tif"]
    command = f'coloc-bridge analyse {folder} --pair "C1-{{name}}.tif" "C2-{{name}}.tif"'
    assert list(result.failures) == ["7 files"]
    assert result.failures["7 files"].endswith(command)
    status, out, err = call(*(word.strip('"') for word in command.split()[1:]))
    assert status == 0
    assert "cell0" in out
    assert "called otherwise than the pair" in err


def test_the_last_line_blames_nothing_that_was_not_given(call, tmp_path):
    folder = write(tmp_path / "f", "C1-a.tif", "C2-a.tif")
    status, _, err = call("analyse", folder)
    assert status == 1
    assert err.strip().endswith('--pair "C1-{name}.tif" "C2-{name}.tif"')
    assert not [word for word in ("labels", "ROIs", "mask") if word in err]


def test_a_pair_of_patterns_is_for_a_folder(call, tmp_path):
    folder = write(tmp_path / "f", "C1-a.tif")
    status, _, err = call("analyse", folder / "C1-a.tif", "--pair", *C)
    assert status == 2
    assert "give a folder" in err


def test_two_folders_whose_names_differ_by_the_channel(tmp_path):
    a = write(tmp_path / "a", *(f"cell{i}_ch00.tif" for i in range(3)))
    b = write(tmp_path / "b", *(f"cell{i}_ch01.tif" for i in range(3)))
    result = analyse_folder(a, b, Job())
    assert [(row["file"], row["pcc"]) for row in result.rows] == [
        (f"cell{i}", r(f"cell{i}_ch00.tif", f"cell{i}_ch01.tif")) for i in range(3)
    ]
    assert [note for note in result.notes if '--pair "{name}_ch00.tif" "{name}_ch01.tif"' in note]
    assert result.failures == {}


def test_two_folders_of_the_same_names_say_what_is_left(tmp_path):
    a, b = write(tmp_path / "a", "x.tif"), write(tmp_path / "b", "x.tif", "y.tif")
    result = analyse_folder(a, b, Job())
    assert [row["file"] for row in result.rows] == ["x.tif"]
    assert result.passed == (f"passed over: 1 images of {b} without a partner (y.tif)",)


def test_the_batch_of_fiji_says_how(tmp_path):
    folder = write(tmp_path / "f", "a_ch00.tif", "a_ch01.tif")
    with pytest.raises(ValueError, match=r'2 files: each has one channel, .* --pair "\{name\}_ch00.tif"'):
        batch(folder, channels="")


@pytest.mark.parametrize(("names", "said"), [(("x_G.png", "x_R.png"), True), (("x.png", "y.png"), False)])
def test_colour_pictures_of_a_channel_each(tmp_path, names, said):
    """Each has three channels, so nothing fails, and red against green of one picture is not what is meant."""
    for i, name in enumerate(names):
        picture = np.zeros((10, 12, 3), np.uint8)
        picture[..., 1 - i] = plane(name) // 4
        (tmp_path / name).write_bytes(imagecodecs.png_encode(picture))
    offered = [note for note in analyse_folder(tmp_path, None, Job()).notes if "make pairs" in note]
    assert len(offered) == said
    if said:
        result = analyse_folder(tmp_path, None, Job(channels=("green", "red")), pair=("{name}_G.png", "{name}_R.png"))
        a, b = (plane(name) // 4 for name in names)
        assert result.rows[0]["pcc"] == pytest.approx(cb.pearson(a.astype(np.uint8), b.astype(np.uint8))[0])


def test_the_words_of_a_pair_have_to_be_a_pair():
    assert patterns(list(C)).option == '--pair "C1-{name}.tif" "C2-{name}.tif"'
    with pytest.raises(ValueError, match="the names of two channels are needed"):
        patterns("ab")


def test_no_image_in_the_second_folder(tmp_path):
    write(tmp_path / "a", "C1-x.tif")
    (tmp_path / "b").mkdir()
    with pytest.raises(ImageFileError, match="there are none"):
        analyse_folder(tmp_path / "a", tmp_path / "b", Job(), pair=C)
