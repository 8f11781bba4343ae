"""JACoP as an engine: what it prints, how it is run, recorded and shown."""

from coloc_bridge.engines.jacop.codec import CODEC
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.engines.spec import Choices, EngineSpec, Marker, Significance, TwinFunctions, zeros_outside
from coloc_bridge.engines.thresholds import Thresholds, pair_of

COLUMNS = {
    "pearson": "Pearson's Coefficient r",
    "overlap": "Overlap Coefficient r",
    "k1": "k1",
    "k2": "k2",
    "overlap_thresholded": "Overlap Coefficient r (using thresholds)",
    "k1_thresholded": "k1 (using thresholds)",
    "k2_thresholded": "k2 (using thresholds)",
    "m1": "M1 (original)",
    "m2": "M2 (original)",
    "m1_thresholded": "M1 (using threshold value)",
    "m2_thresholded": "M2 (using threshold value)",
    "costes_threshold_a": "Costes' automatic threshold for imgA",
    "costes_threshold_b": "Costes' automatic threshold for imgB",
    "costes_pearson_above": "Costes r",
    "costes_pearson_below": "Costes r below thresholds",
    "costes_m1": "Costes M1",
    "costes_m2": "Costes M2",
    "ccf_min": "CCF min.",
    "ccf_min_shift": "CCF min. obtained for dx",
    "ccf_max": "CCF max.",
    "ccf_max_shift": "CCF max. obtained for dx",
    "ccf_fit_a": "CCF fit a",
    "ccf_fit_b": "CCF fit b",
    "ccf_fit_c": "CCF fit c",
    "ccf_fit_d": "CCF fit d",
    "ccf_fwhm": "CCF FWHM",
    "cytofluorogram_slope": "Cytofluorogram a",
    "cytofluorogram_intercept": "Cytofluorogram b",
    "cytofluorogram_r": "Cytofluorogram Correlation coefficient",
    "icq": "ICQ",
    **{
        f"{test}_{kind}_{image}_{count}": f"{title} ({centres}), Image {image.upper()}: {words}"
        for test, title in (
            ("distance", "Distance between centres"),
            ("coincidence", "Centres-particles coincidence"),
        )
        for kind, centres in (("mass", "centres of mass"), ("geometric", "geometrical centres"))
        for image in "ab"
        for count, words in (("colocalized", "centre(s) colocalizing"), ("objects", "centre(s)"))
    },
}
"""Quantity -> its name in the words of JACoP's log, in the log's order."""


def _thresholds(run: EngineRun, quantity: str) -> Thresholds:
    """Those of the user; of its Costes step, those it found there, which it may have printed only."""
    if quantity and not quantity.startswith("costes_"):
        return Thresholds(
            pair_of(float(run.settings.get(f"threshold_{channel}", 0)) for channel in "ab"), searched=False
        )
    return Thresholds(pair_of(run.number(f"costes_threshold_{channel}") for channel in "ab"), searched=True)


SPEC = EngineSpec(
    "jacop",
    "JACoP",
    live="coloc_bridge.engines.jacop.live:Jacop",
    twin=TwinFunctions(
        run="coloc_bridge.engines.jacop.twin:masked_values",
        printed="coloc_bridge.engines.jacop.twin:printed",
        randomize="coloc_bridge.engines.jacop.significance:randomize",
        objects="coloc_bridge.engines.jacop.listed:listed_numbers",
        as_good="coloc_bridge.engines.jacop.other_fit:as_good_a_fit",
    ),
    columns=COLUMNS,
    glance=(("",),),
    markers={"": Marker("^", "#D55E00")},
    pixels=zeros_outside,
    thresholds=_thresholds,
    extras={"rounds": 50, "list_objects": True},
    significance=Significance("coloc_bridge.engines.jacop.significance:read_draw", fitted=True),
    own_exceptions=("java.",),
    codec=CODEC,
    choices=Choices(
        methods=(),
        refusal="JACoP takes two thresholds, and gives those of Costes beside them: leave out the method",
        one_timepoint=True,
        optics="coloc_bridge.engines.jacop.optics:settings",
    ),
    needs_fiji=True,
    in_scripts=True,
)
