"""JACoP's particles and object tests against a flood fill, JACoP's own tables, and geometry."""

import json

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from coloc_bridge.engines.jacop.loops_objects import reference_distance
from coloc_bridge.engines.jacop.particles import coincidence_test, distance_test, objects
from coloc_bridge.errors import EngineError


def flood_filled(image: np.ndarray, threshold: int) -> list[list[tuple[int, int, int]]]:
    """26-connected voxels (z, y, x) with a value >= threshold and not 0, in scan order of the first one."""
    left = {tuple(map(int, at)) for at in np.argwhere((image >= threshold) & (image != 0))}
    found = []
    for start in sorted(left):
        if start not in left:
            continue
        left.discard(start)
        particle, waiting = [], [start]
        while waiting:
            z, y, x = waiting.pop()
            particle.append((z, y, x))
            near = [(z + i, y + j, x + k) for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1)]
            waiting += [voxel for voxel in near if voxel in left]
            left.difference_update(near)
        found.append(sorted(particle))
    return found


stacks = npst.arrays(np.uint8, npst.array_shapes(min_dims=3, max_dims=3, max_side=6), elements=st.integers(0, 9))


@settings(max_examples=150, deadline=None)
@given(stacks, st.integers(0, 9), st.integers(1, 3), st.integers(3, 40))
def test_particles_are_those_of_a_flood_fill(image, threshold, least, most):
    particles = flood_filled(image, threshold)
    if [tuple(length - 1 for length in image.shape)] in particles:
        with pytest.raises(EngineError, match="ArrayIndexOutOfBoundsException"):
            objects(image, threshold, least, most)
        return
    kept = [particle for particle in particles if least <= len(particle) <= most]
    found = objects(image, threshold, least, most)
    assert found.size.tolist() == [len(particle) for particle in kept]
    for i, particle in enumerate(kept):
        place = np.array(particle)[:, ::-1] + [0, 0, 1]
        weight = image[tuple(np.transpose(particle))]
        np.testing.assert_allclose(found.centroid[i], place.mean(axis=0), rtol=1e-14)
        np.testing.assert_allclose(found.centre_of_mass[i], np.average(place, axis=0, weights=weight), rtol=1e-14)
        assert found.integrated_density[i] == weight.sum()
        assert found.box_first[i].tolist() == place.min(axis=0).tolist()
        assert found.box_last[i].tolist() == place.max(axis=0).tolist()


def test_jacop_has_no_room_for_a_last_voxel_on_its_own():
    with pytest.raises(EngineError, match="Index 3 out of bounds for length 3"):
        objects(np.uint8([[9, 0, 9, 0, 9]]), 5)
    assert len(objects(np.uint8([[9, 0, 9, 9]]), 5)) == 2


def test_no_particle_at_all():
    found = objects(np.zeros((3, 4), np.uint8), 0)
    assert distance_test(found, found, "mass", 3, 3)["distance_mass_a_objects"] == 0
    assert coincidence_test(found, found, "mass")["coincidence_mass_a_colocalized"] == 0


@pytest.mark.parametrize(
    ("apart", "resolution_xy", "resolution_z", "near"),
    [
        ((3, 0, 0), 3, 1, 1),
        ((4, 0, 0), 3, 1, 0),
        ((0, 3, 0), 3, 1, 1),
        ((0, 0, 2), 3, 1, 0),
        ((0, 0, 2), 3, 2, 1),
        # halfway between the axes the spheroid is not reached
        ((2, 2, 2), 3, 1, 0),
    ],
)
def test_distance_against_the_spheroid(apart, resolution_xy, resolution_z, near):
    a, b = np.zeros((2, 8, 12, 12), np.uint8)
    a[2, 4, 4] = 9
    b[2 + apart[2], 4 + apart[1], 4 + apart[0]] = 9
    counts = distance_test(objects(a, 5), objects(b, 5), "mass", resolution_xy, resolution_z)
    assert counts["distance_mass_a_colocalized"] == counts["distance_mass_b_colocalized"] == near


@pytest.mark.parametrize(("last", "hit"), [(12, 0), (13, 1)])
def test_a_centre_beyond_the_last_voxel_misses_though_its_voxel_is_hit(last, hit):
    a, b = np.zeros((2, 3, 20), np.uint8)
    a[1, 12:14] = 9
    b[1, 8 : last + 1] = 9
    assert objects(a, 5).centroid[0].tolist() == [12.5, 1, 1]
    assert coincidence_test(objects(a, 5), objects(b, 5), "geometric")["coincidence_geometric_a_colocalized"] == hit


@pytest.fixture(scope="module")
def tables(coloc2_images):
    """Rows of the tables JACoP shows for mandersA and mandersF, threshold 100, centres of mass."""
    tables = json.loads((coloc2_images / "recorded" / "jacop_tables" / "manders_A_F_thr100.json").read_text())
    return {
        (name.split()[0], "True" in name.split("|")[0]): [
            dict(zip(rows[0].split("\t"), row.split("\t"), strict=True)) for row in rows[1:]
        ]
        for name, rows in tables.items()
    }


@pytest.fixture(scope="module")
def particles(coloc2_images):
    return [objects(tifffile.imread(coloc2_images / f"manders{name}.tiff"), 100) for name in "AF"]


def test_all_pairs_have_jacops_distance_reference_and_angles(tables, particles):
    a, b = particles
    rows = tables["dist", True]
    assert len(rows) == len(a) * len(b)
    for row in rows:
        i, j = int(row["Centre_A_n°"]) - 1, int(row["Centre_B_n°"]) - 1
        x, y, z = b.centre_of_mass[j] - a.centre_of_mass[i]
        distance = np.sqrt(x * x + y * y + z * z)
        reference, theta, phi = reference_distance(x, y, z, np.hypot(x, y), distance, 3.0, 3.0)
        shown = {"d(A-B)": distance, "reference_dist": reference, "theta": theta, "phi": phi}
        for name, value in shown.items():
            assert float(row[name]) == pytest.approx(value, abs=5.1e-4)
        assert (row["Label"] == "Colocalization") == (distance <= reference)
        assert (int(row["XA"]), int(row["YA"])) == tuple(a.centre_of_mass[i][:2])
        assert (int(row["XB"]), int(row["YB"])) == tuple(b.centre_of_mass[j][:2])


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        ("dist", lambda a, b: distance_test(a, b, "mass", 3.0, 3.0)["distance_mass_a_colocalized"]),
        ("coinc", lambda a, b: coincidence_test(a, b, "mass")["coincidence_mass_a_colocalized"]),
    ],
)
def test_the_short_tables_list_the_colocalizing_pairs(tables, particles, kind, count):
    short, full = tables[kind, False], tables[kind, True]
    numbers = [name for name in short[0] if name.endswith("n°")]
    pairs = {tuple(row[name] for name in numbers) for row in short}
    assert pairs == {tuple(row[name] for name in numbers) for row in full if row["Label"] == "Colocalization"}
    assert count(*particles) == len({first for first, _ in pairs})
