"""The pictures of these pages: a pair without and with each fault, side by side."""

import io
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("agg")
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

import coloc_bridge as cb

HERE = Path(__file__).parent
PLAIN: dict[str, Any] = {"shape": (128, 128), "shared_a": 0.6, "shared_b": 0.6, "correlation": 0.7, "blur": 1.0}


def made(**fault: Any) -> tuple[Any, Any]:
    scene = cb.make_scene(**PLAIN | {"photons": 300.0, "seed": 3} | fault)
    return scene.a, scene.b


def pairs() -> dict[str, tuple[tuple[Any, Any], tuple[Any, Any]]]:
    plain, eight = made(), made(bits=8, structure="texture")
    jpeg = []
    for image in eight:
        file = io.BytesIO()
        Image.fromarray(image).save(file, "JPEG", quality=20)
        jpeg.append(np.array(Image.open(file)))
    coarse = [np.repeat(np.repeat(image[::5, ::5], 5, 0), 5, 1)[:128, :128] for image in plain]
    padded = [np.pad(image, ((20, 108), (64, 64))) for image in plain]
    noise = np.rint(np.random.default_rng(0).normal(100, 5, plain[0].shape))
    return {
        "saturation": (plain, made(saturation=0.03)),
        "offset": (plain, made(offset=3000)),
        "few-levels": (eight, made(bits=3, structure="texture")),
        "compression": (eight, (jpeg[0], jpeg[1])),
        "shift": (plain, made(shift=(2.5, -3.0))),
        "bleed-through": (plain, made(bleed_a_into_b=0.25)),
        "noise": (plain, made(photons=0.5)),
        "sampling": (plain, (coarse[0], coarse[1])),
        "region": (plain, (padded[0], padded[1])),
        "scale": (plain, (plain[0], plain[1] // 20)),
        "empty": (plain, (plain[0], noise)),
    }


def overlay(a: Any, b: Any) -> Any:
    """A magenta, B green, each up to its own brightest pixels."""
    first, second = (np.clip(image / max(np.quantile(image, 0.998), 1), 0, 1) for image in (a, b))
    return np.stack([first, second, first], axis=-1)


def main() -> None:
    for name, (plain, faulty) in pairs().items():
        figure, axes = plt.subplots(1, 4, figsize=(7.2, 1.9), layout="constrained")
        for place, (title, (a, b)) in enumerate((("without", plain), ("with", faulty))):
            axes[2 * place].imshow(overlay(a, b), interpolation="nearest")
            axes[2 * place].set_title(f"{title}: A magenta, B green", fontsize=7)
            axes[2 * place].set_axis_off()
            if name == "few-levels":
                axes[2 * place + 1].hist(a[a > 0], bins=np.arange(0, int(a.max()) + 2), color="0.3")
                axes[2 * place + 1].set_xlabel("grey level of A", fontsize=7)
            else:
                axes[2 * place + 1].plot(a.ravel(), b.ravel(), ",", color="0.3")
                r = np.corrcoef(a.ravel(), b.ravel())[0, 1]
                axes[2 * place + 1].set_title(f"r = {r:.2f}", fontsize=7)
                axes[2 * place + 1].set_xlabel("A", fontsize=7)
                axes[2 * place + 1].set_ylabel("B", fontsize=7)
                axes[2 * place + 1].set_xlim(0, max(plain[0].max(), faulty[0].max()) * 1.05)
                axes[2 * place + 1].set_ylim(0, max(plain[1].max(), faulty[1].max()) * 1.05)
            axes[2 * place + 1].tick_params(labelsize=5)
        figure.savefig(HERE / f"{name}.png", dpi=90, metadata={"Software": None})
        plt.close(figure)


if __name__ == "__main__":
    main()
