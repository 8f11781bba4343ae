"""ROIs of a script that overlap: every command measures each whole, as if it were the only one."""

import numpy as np
import pytest

from coloc_bridge.fiji import commands, diagnose, emulate, model

SHAPE = (2, 3, 24, 30)  # T, Z, Y, X
PIXELS = np.random.default_rng(8).gamma(2, 300, (2, *SHAPE)).astype(np.uint16)
CELL, NUCLEUS = np.zeros((2, *SHAPE[2:]), bool)
CELL[2:20, 3:26], NUCLEUS[6:14, 10:20] = True, True
ROIS = {"cell": CELL, "nucleus": NUCLEUS, "cell again": CELL}


def pair(*names, positions=(0, 0)) -> model.Pair:
    a, b = (model.Channel(pixels, name) for pixels, name in zip(PIXELS, ("red", "green"), strict=True))
    masks = [ROIS[name] for name in names]
    return model.Pair(a, b, model.regions_of(masks, names, [positions] * len(names), SHAPE))


COMMANDS = {
    "Colocalization": lambda given: commands.colocalization(given, per_slice=True, per_timepoint=True),
    "Channel Pairs": lambda given: commands.channel_pairs([given.a, given.b], given.regions),
    "Costes Randomization": lambda given: diagnose.randomization(given, rounds=5, block_size=2)[0],
    "Van Steensel CCF": lambda given: diagnose.ccf(given, max_shift=2)[0],
    "Li ICA": lambda given: diagnose.ica(given, per_slice=True)[0],
    "Threshold Surface": lambda given: diagnose.surface(given)[0],
    "Cytofluorogram": lambda given: diagnose.cytofluorogram(given)[0],
    "Coloc 2 Numbers": lambda given: emulate.engine_numbers(given, "coloc2", per_slice=True),
    "JACoP Numbers": lambda given: emulate.engine_numbers(given, "jacop", per_slice=True, max_shift=2),
    "summary of Object Based": lambda given: diagnose.objects(given)[1],
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("order", [1, -1])
def test_each_roi_has_the_rows_it_has_alone(command, order) -> None:
    names = list(ROIS)[::order]
    rows = COMMANDS[command](pair(*names)).rows
    for number, name in enumerate(names, start=1):
        own = [row for row in rows if row["region"] == number]
        assert {row["region_name"] for row in own} == {name}
        assert repr([row | {"region": 1} for row in own]) == repr(COMMANDS[command](pair(name)).rows)


def test_objects_that_share_pixels_keep_their_numbers() -> None:
    found, _, (labels, _) = diagnose.objects(pair("cell", "nucleus"))
    numbers = [row["object"] for row in found.rows if row["channel"] == "A" and row["timepoint"] == 1]
    assert numbers == list(range(1, len(numbers) + 1))
    assert labels[0].max() == numbers[-1]
    said = "nucleus, time point 1: in the label image of A its objects cover those of regions before it"
    assert said in found.notes
    assert not diagnose.objects(pair("nucleus"))[0].notes
