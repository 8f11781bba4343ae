"""How often `coloc_bridge.check` finds a fault that is there, and calls one that is not.

Scenes are drawn at random: every structure of `make_scene` and smooth fields of another kind, 2D and 3D, 8, 12 and
16 bits, 64 to 1024 pixels wide, sharp and blurred, without noise and with thirty photons a pixel or more, of channels
that exclude each other to equal ones.
Then one fault is put in, as strong as its row says: at twice the limit where the limit is a figure that a picture can
be made with, plainly beyond it elsewhere. ``results.json`` and the tables of ``README.md`` are the last run.
"""

import argparse
import io
import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from scipy import ndimage

import coloc_bridge as cb
from coloc_bridge.scenes import STRUCTURES

HERE = Path(__file__).parent
Case = tuple[Any, Any, dict[str, Any]]
"""A, B and keywords of `check`."""


CORRECTED = "r corrected for noise, 3 photons a pixel, median of 20"


def settings(rng: np.random.Generator, number: int, **fault: Any) -> dict[str, Any]:
    """Of a scene without faults, and those of the fault."""
    plane = tuple(rng.choice([128, 192, 256, 320], 2).tolist()) if number % 20 else (1024, 1024)
    deep = (int(rng.choice([12, 20])), 96, 96)
    drawn: dict[str, Any] = {
        "shape": deep if number % 5 == 4 else plane,
        "structure": STRUCTURES[int(rng.integers(len(STRUCTURES)))],
        "bits": int(rng.choice([8, 12, 16])),
        "blur": float(rng.choice([0, 0.7, 1.0, 1.5])),
        "photons": [None, 100.0, 300.0][int(rng.integers(3))],
        "seed": int(rng.integers(2**31)),
    }
    kind = int(rng.integers(4))
    if kind == 0:
        drawn |= {"shared_a": 1, "shared_b": 1, "correlation": 1}
    elif kind == 1:
        drawn |= {"shared_a": 0.8, "shared_b": 0.6, "correlation": 0.7}
    elif kind == 2:
        drawn |= {name: float(rng.uniform(0.3, 1)) for name in ("shared_a", "shared_b")}
        drawn |= {"correlation": float(rng.uniform(-0.5, 1))}
    return drawn | fault


def scene(rng: np.random.Generator, number: int, **fault: Any) -> Case:
    made = cb.make_scene(**settings(rng, number, **fault))
    return made.a, made.b, {}


def without_fault(rng: np.random.Generator, number: int) -> Case:
    """The whole range of what is shared, and frames from 64 pixels."""
    shares = [{"shared_a": 0, "shared_b": 0}, {"shared_a": 0.9, "shared_b": 0.2}, {"shared_a": 1, "shared_b": 1}]
    chosen: dict[str, Any] = shares[number % 4] if number % 4 < 3 else {}
    if chosen:
        chosen = chosen | {"correlation": float(rng.choice([-1, -0.5, 0, 0.5, 0.9, 1]))}
    if number % 5 != 4 and number % 8 == 3:
        chosen = chosen | {"shape": (int(rng.choice([64, 96, 512])),) * 2}
    if number % 6 == 1:
        chosen = chosen | {"photons": 30.0, "blur": float(rng.choice([1, 2]))}
    return scene(rng, number, **chosen)


def fields(rng: np.random.Generator, number: int) -> Case:
    """Smooth fields that reach down to 0, of correlated channels, with Poisson noise or without; or counts of photons
    times a gain."""
    rho, sigma, size = float(rng.choice([0, 0.5, 0.9, 1])), float(rng.uniform(1.2, 4)), int(rng.choice([128, 256]))

    def smooth() -> Any:
        field = ndimage.gaussian_filter(rng.normal(size=(size, size)), sigma)
        return field / field.std()

    first, second = smooth(), smooth()
    images = []
    for field in (first, rho * first + np.sqrt(1 - rho**2) * second):
        light = [np.clip(field, 0, None), np.exp(field) - np.exp(field).min()][number % 2]
        light = light / light.mean() * 300
        if number % 4 == 3:
            images.append((rng.poisson(light / 3) * 30).clip(0, 65535).astype(np.uint16))
            continue
        images.append((rng.poisson(light) if number % 3 else np.rint(light)).astype(np.uint16))
    return images[0], images[1], {}


def lit(rng: np.random.Generator, number: int) -> Case:
    """Fields that are lit everywhere, darkest at half of their mean or so: that is light, and no offset."""
    size, sigma = int(rng.choice([128, 256, 512])), float(rng.uniform(2, 4))
    images = []
    for _ in "ab":
        field = ndimage.gaussian_filter(rng.normal(size=(size, size)), sigma)
        light = 2000 * np.exp(0.3 * field / field.std())
        images.append(rng.poisson(light).astype(np.uint16))
    return images[0], images[1], {}


def offset(rng: np.random.Generator, number: int) -> Case:
    chosen = settings(rng, number, bits=16)
    made = cb.make_scene(**chosen)
    level = 2 * 0.01 * max(made.a.mean(), made.b.mean()) / (1 - 2 * 0.01)
    made = cb.make_scene(**chosen, offset=level, read_noise=float(rng.choice([0, level / 5])))
    return made.a, made.b, {}


def stretched(rng: np.random.Generator, number: int) -> Case:
    made = cb.make_scene(**settings(rng, number, bits=8))
    return *(np.rint(image * 1.25).astype(np.uint8) for image in (made.a, made.b)), {}  # type: ignore[return-value]


def jpeg(rng: np.random.Generator, number: int) -> Case:
    a, b, _ = scene(rng, number - number % 5, bits=8, shape=(256, 256), blur=float(rng.choice([0.7, 1, 1.5])))
    quality = int(rng.choice([30, 50, 75]))

    def saved(image: Any) -> Any:
        file = io.BytesIO()
        Image.fromarray(image).save(file, "JPEG", quality=quality)
        return np.array(Image.open(file))

    return saved(a), saved(b), {}


def move(rng: np.random.Generator, number: int) -> tuple[float, ...]:
    """Two to four pixels: more than twice what costs 5 % of the correlation."""
    length = 3 if number % 5 == 4 else 2
    direction = rng.normal(size=length)
    direction *= rng.uniform(2, 4) / np.linalg.norm(direction)
    if length == 3:
        direction[0] = np.clip(direction[0], -2, 2)
    return tuple(direction.tolist())


def shifted(rng: np.random.Generator, number: int) -> Case:
    return scene(rng, number, shift=move(rng, number), shared_a=0.8, shared_b=0.8, correlation=0.7)


def control(rng: np.random.Generator, number: int, share: float) -> Case:
    chosen = settings(rng, number, bits=16)
    a, b, _ = (*(getattr(cb.make_scene(**chosen, bleed_a_into_b=share), name) for name in "ab"), {})
    clean = cb.make_scene(**chosen | {"seed": chosen["seed"] + 1}).clean_a
    unit = clean.mean() / float(rng.choice([3, 30]))
    own, other = (np.rint(rng.poisson(light / unit) * unit + 100) for light in (clean, share * clean))
    return a, b, {"single_label_a": (own.clip(0, 65535).astype(np.uint16), other.astype(np.uint16))}


def noisy(rng: np.random.Generator, number: int) -> Case:
    """Two exposures of each channel, r between which is 0.64 or less."""
    chosen = settings(rng, number, bits=16, photons=None, blur=float(rng.choice([0.7, 1, 1.5])))
    made = cb.make_scene(**chosen)
    exposures = []
    for image in (made.a, made.b):
        spread = 0.75 * image.std()
        exposures += [np.rint(image + 20000 + rng.normal(0, spread, image.shape)).clip(0, 65535) for _ in "12"]
    a, a_again, b, b_again = (image.astype(np.uint16) for image in exposures)
    return a, b, {"replicate_a": a_again, "replicate_b": b_again} if number % 2 else {}


def ghost(rng: np.random.Generator, number: int) -> Case:
    """A tenth of A in B, where both have structures of their own and some in common; without a control."""
    shares = {name: float(rng.uniform(0.3, 0.5)) for name in ("shared_a", "shared_b")}
    kind = {"shape": (12, 96, 96) if number % 5 == 4 else (256, 256), "blur": float(rng.choice([0, 0.7, 1]))}
    return scene(rng, number, **shares, **kind, correlation=float(rng.choice([0, 0.5, 0.9])), bleed_a_into_b=0.1)


def coarse(rng: np.random.Generator, number: int) -> Case:
    a, b, _ = scene(rng, number)
    aperture, wavelength = float(rng.uniform(0.3, 1.45)), float(rng.uniform(420, 700))
    size = 2 * wavelength / 1000 / (4 * aperture)
    return a, b, {"pixel_size": size, "numerical_aperture": aperture, "wavelengths": wavelength}


def padded(rng: np.random.Generator, number: int) -> Case:
    a, b, _ = scene(rng, number)
    return *(np.pad(x, [(0, 0)] * (x.ndim - 2) + [(0, n // 2) for n in x.shape[-2:]]) for x in (a, b)), {}  # type: ignore[return-value]


def strip(rng: np.random.Generator, number: int) -> Case:
    """A fifth of the frame, along one of its edges."""
    a, b, _ = scene(rng, number)
    width, axis, last = max(a.shape[-2:]) // 4 + 1, int(rng.choice([-2, -1])), bool(number % 2)
    around = [(0, 0)] * a.ndim
    around[axis] = (0, width) if last else (width, 0)
    return np.pad(a, around), np.pad(b, around), {}


def half(rng: np.random.Generator, number: int) -> Case:
    """Structures in one half of the frame, or in a third of it, or inside a disc of half of it."""
    a, b, _ = scene(rng, number)
    rows, columns = (np.linspace(-1, 1, n) for n in a.shape[-2:])
    part = [
        np.add.outer(rows**2, columns**2) < 2 / np.pi,
        np.add.outer(rows, 0 * columns) < 0,
        np.add.outer(0 * rows, columns) > 1 / 3,
    ][number % 3]
    return *(np.where(part, x, 0).astype(x.dtype) for x in (a, b)), {}  # type: ignore[return-value]


def dim(rng: np.random.Generator, number: int) -> Case:
    a, b, _ = scene(rng, number, bits=16)
    return a, (b // 20).astype(b.dtype), {}


def dark(rng: np.random.Generator, number: int) -> Case:
    a, b, _ = scene(rng, number, bits=16)
    return a, np.rint(rng.normal(100, 5, b.shape)).astype(b.dtype), {}


FAULTS: dict[str, tuple[str, Callable[[np.random.Generator, int], Case]]] = {
    "saturation: 0.2 % of the pixels": ("saturation", lambda rng, i: scene(rng, i, saturation=0.002)),
    "offset: 2 % of the mean": ("offset", offset),
    "light everywhere: 2 % of the brightest": ("offset", lambda rng, i: scene(rng, i, background=0.02)),
    "few-levels: 4 bits": ("few-levels", lambda rng, i: scene(rng, i, bits=4)),
    "few-levels: contrast stretched by 1.25": ("few-levels", stretched),
    "compression: JPEG 30, 50 or 75": ("compression", jpeg),
    "shift: 2 to 4 pixels": ("shift", shifted),
    "bleed-through: 4 % by a control": ("bleed-through", lambda rng, i: control(rng, i, 0.04)),
    "bleed-through: 10 %, no control": ("bleed-through", ghost),
    "sampling: pixels of twice the size": ("sampling", coarse),
    "noise: 64 % of the variance is signal": ("noise", noisy),
    "region: 56 % of the frame empty": ("region", padded),
    "region: structures in a part of the frame": ("region", half),
    "region: 20 % of the frame empty, along an edge": ("region", strip),
    "scale: 20 times": ("scale", dim),
    "empty: noise alone": ("empty", dark),
}


def told(rng: np.random.Generator, make: Callable[[np.random.Generator, int], Case], scenes: int) -> list[set[str]]:
    """The codes of the findings in each scene."""
    cases = (make(rng, i) for i in range(scenes))
    return [{finding.code for finding in cb.check(a, b, **more)} for a, b, more in cases]


def measured(scenes: int, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    found: dict[str, Any] = {"clean": {}, "faults": {}, "errors": {}}
    clean = ("make_scene", without_fault, 6), ("smooth fields", fields, 2), ("light everywhere", lit, 1)
    for name, make, count in ((name, make, times * scenes) for name, make, times in clean):
        codes = told(rng, make, count)
        each = Counter(code for here in codes for code in here)
        found["clean"][name] = {"scenes": count, "alarms": sum(map(bool, codes)), "codes": dict(each)}
    for name, (code, make) in FAULTS.items():
        codes = told(rng, make, scenes)
        found["faults"][name] = {
            "scenes": scenes,
            "found": sum(code in here for here in codes),
            "others": dict(Counter(other for here in codes for other in here - {code})),
        }
    names = ("shift, pixels, 2D", "shift, pixels, 3D", "bleed-through by a control", CORRECTED)
    errors: dict[str, list[float]] = {name: [] for name in names}
    for i in range(6 * scenes):
        true = move(rng, i)
        shares = {name: float(rng.uniform(0.6, 1)) for name in ("shared_a", "shared_b")}
        a, b, _ = scene(rng, i, shift=true, **shares, correlation=float(rng.choice([0.5, 0.7, 0.9, 1])))
        for finding in cb.check(a, b):
            if finding.code == "shift":
                errors[f"shift, pixels, {len(true)}D"].append(float(np.abs(np.subtract(finding.value, true)).max()))
    for i in range(2 * scenes):
        share = float(rng.uniform(0.04, 0.3))
        a, b, more = control(rng, i, share)
        for finding in cb.check(a, b, **more):
            if finding.code == "bleed-through" and finding.channel == "b":
                errors["bleed-through by a control"].append(abs(float(finding.value) - share))  # type: ignore[arg-type]
    errors[CORRECTED] = [abs(corrected(rng, i)) for i in range(scenes // 2)]
    for name, values in errors.items():
        found["errors"][name] = {"scenes": len(values), "median": float(np.median(values)), "largest": max(values)}
    return found


def corrected(rng: np.random.Generator, number: int) -> float:
    """The median of 20 corrected correlations of exposures of 3 photons a pixel, less the true one."""
    size, structure = [512, 256][number % 2], STRUCTURES[number // 2 % len(STRUCTURES)]
    rho = float(rng.choice([0.5, 0.8, 1]))
    made = cb.make_scene(
        shape=(size, size), structure=structure, shared_a=0.7, shared_b=0.8, correlation=rho, seed=number
    )
    light = [3 * channel / channel.mean() for channel in (made.clean_a, made.clean_a, made.clean_b, made.clean_b)]
    found = [cb.noise_corrected_correlation(*map(rng.poisson, light))["corrected"] for _ in range(20)]
    return float(np.median(found)) - made.truth["pearson"]


def tables(found: dict[str, Any]) -> dict[str, str]:
    clean = ["| without a fault | scenes | with a finding | of these codes |", "| --- | ---: | ---: | --- |"]
    for name, row in found["clean"].items():
        codes = ", ".join(f"{code} {count}" for code, count in row["codes"].items())
        clean.append(f"| {name} | {row['scenes']} | {row['alarms']} | {codes or '-'} |")
    faults = ["| fault | scenes | found | other findings |", "| --- | ---: | ---: | --- |"]
    for name, row in found["faults"].items():
        others = ", ".join(f"{code} {count}" for code, count in row["others"].items())
        faults.append(f"| {name} | {row['scenes']} | {row['found']} | {others or '-'} |")
    errors = ["| error | scenes | median | largest |", "| --- | ---: | ---: | ---: |"]
    for name, row in found["errors"].items():
        errors.append(f"| {name} | {row['scenes']} | {row['median']:.4f} | {row['largest']:.4f} |")
    return {"clean": "\n".join(clean), "faults": "\n".join(faults), "errors": "\n".join(errors)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=40, help="for each fault")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    found = measured(chosen.scenes, chosen.seed) | {"seed": chosen.seed}
    (HERE / "results.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    page = HERE / "README.md"
    text = page.read_text("utf-8")
    for name, table in tables(found).items():
        marks = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
        text = re.sub(marks, lambda mark, table=table: f"{mark[1]}{table}\n{mark[2]}", text, flags=re.S)
    page.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
