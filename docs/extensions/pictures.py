"""Pictures of the pages, drawn when the site is built."""

from pathlib import Path

import matplotlib

from coloc_bridge import analyse_pairwise, make_scene, plots
from coloc_bridge.measures import Metric

matplotlib.use("agg")
from matplotlib import pyplot

_SHARED = (1.0, 0.5, 0.0)
_MOST_VALUES = 5


def of_metric(metric: Metric, path: Path) -> None:
    """Three pairs that share everything, half, and nothing, each with the numbers of the metric."""
    if path.is_file():
        return
    figure, axes = pyplot.subplots(1, len(_SHARED), figsize=(9, 3.9), layout="constrained")
    for ax, shared in zip(axes, _SHARED, strict=True):
        scene = make_scene(
            shape=(128, 128), shared_a=shared, shared_b=shared, correlation=0.8, blur=1.0, photons=200, seed=3
        )
        row = analyse_pairwise(scene.a, scene.b, metrics=[metric.key], threshold_method="otsu")[0]
        plots.overlay(scene.a, scene.b, ax=ax)
        values = [
            f"{column.name} = {row[column.name]:.3g}"
            for column in metric.columns
            if column.role in ("value", "amount")
        ]
        ax.set_title(f"shared: {shared:.0%}\n" + "\n".join(values[:_MOST_VALUES]), fontsize=9)
        ax.set_xlabel("")
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
