"""What an author pastes: a methods paragraph out of what was really done, its references, and a checklist."""

import re
from dataclasses import replace

import numpy as np
import pytest

from coloc_bridge.compare import Validation, validate, validate_set
from coloc_bridge.measures import METRICS
from coloc_bridge.report import paper, references
from coloc_bridge.report.paper import ASK, DONE

# The DOIs that a person looked up; no other may be claimed.
DOIS = {
    "Pearson 1896": "10.1098/rsta.1896.0007",
    "Manders et al. 1993": "10.1111/j.1365-2818.1993.tb03313.x",
    "Costes et al. 2004": "10.1529/biophysj.103.038422",
    "Li et al. 2004": "10.1523/JNEUROSCI.0346-04.2004",
    "van Steensel et al. 1996": "10.1242/jcs.109.4.787",
    "Bolte & Cordelières 2006": "10.1111/j.1365-2818.2006.01706.x",
    "Schmied et al. 2024": "10.1038/s41592-023-01987-9",
    "Schindelin et al. 2012": "10.1038/nmeth.2019",
}


@pytest.fixture(scope="module")
def shipped() -> Validation:
    return validate_set(cases=["partial-8bit-masked"], engines=["coloc2", "jacop"])


def test_every_metric_cites_what_is_known() -> None:
    for metric in METRICS.values():
        found = [entry.cite for entry in references.cited([metric.reference])]
        assert found, metric.key
        named = [part.strip() for part in re.split(r"[;,] ?(?=[A-Z])", metric.reference)]
        assert len(found) >= sum(bool(re.search(r"\d{4}$", part)) for part in named), metric.key


@pytest.mark.parametrize(("cite", "doi"), DOIS.items())
def test_dois(cite: str, doi: str) -> None:
    assert references.known()[cite].doi == doi


def test_keys_are_different_and_bibtex_is_balanced() -> None:
    entries = list(references.known().values())
    assert len({entry.key for entry in entries}) == len(entries)
    text = references.bibtex(entries)
    assert text.count("@article{") == len(entries)
    assert text.count("{") == text.count("}")


def test_the_paragraph_says_what_was_done(shipped: Validation) -> None:
    text = paper.methods(shipped)
    case = shipped.cases[0]
    for said in (
        f"coloc_bridge {shipped.provenance['coloc_bridge']} (Python ",
        "one pair of images, A and B (144 × 168 pixels, 8-bit), over the 9341 pixels of a mask",
        f"here {case.thresholds[0]:.6g} and {case.thresholds[1]:.6g}",
        "Coloc 2, bisection 3.1.1-SNAPSHOT (recorded 2026-11-22, in ImageJ 1.54p99 with Java 17.0.15; ",
        "regression = bisection)",
        "(Schindelin et al. 2012)",
        f"Of {len(shipped.comparisons)} numbers, ",
        "coloc2-costes-integer-steps",
    ):
        assert said in text
    assert "Kendall’s tau-b" in text or "Kendall" in text


def test_only_what_was_measured_is_claimed() -> None:
    a = np.arange(400, dtype=np.uint16).reshape(20, 20)
    text = paper.methods(validate(a, a[::-1], engines=["skimage"], name="mine"))
    assert "over all pixels" in text
    assert "Fiji" not in text
    assert "Schindelin" not in text
    assert "cross-correlation" not in text
    none = paper.methods(validate(a, a[::-1], engines=()))
    assert "compared" not in none


def test_references_are_those_of_the_paragraph(shipped: Validation) -> None:
    text = paper.methods(shipped)
    cited = [entry.cite for entry in paper.sources(shipped)]
    assert {"Pearson 1896", "Costes et al. 2004", "Manders et al. 1993", "Li et al. 2004"} <= set(cited)
    assert all(cite in text for cite in cited)


def test_the_checklist_fills_in_what_it_knows_and_asks_for_the_rest(shipped: Validation) -> None:
    found = {item.item: (item.state, item.answer) for item in paper.checklist(shipped, pictures=True)}
    assert found["Regions saved as files"] == (ASK, "Deposit the masks; pairs with one: 1")
    assert found["Key settings"][0] == DONE
    assert found["Controls"][0] == ASK
    # The files of the set do not state the size of a pixel.
    assert found["Scale"][0] == ASK
    facts = replace(shipped.cases[0].case.facts, pixel_size={"X": 0.1, "Y": 0.1}, unit="µm", mask_pixels=None)
    case = replace(shipped.cases[0], case=replace(shipped.cases[0].case, about=facts))
    scaled = {item.item: item.state for item in paper.checklist(replace(shipped, cases=(case,)), pictures=True)}
    assert scaled["Scale"] == scaled["Regions saved as files"] == DONE
    bare = {item.item: item.state for item in paper.checklist(shipped, pictures=False)}
    assert bare["Brightness and contrast"] == ASK


def test_the_checklist_has_every_minimal_item_of_the_guidelines(shipped: Validation) -> None:
    """By a word of each of the lists for analyses (established, new, with machine learning) and for images."""
    items = " ".join(f"{item.item} {item.answer}" for item in paper.checklist(shipped, pictures=True)).lower()
    for word in (
        "workflow and platform cited", "exact versions", "key settings", "example data and code", "regions",
        "sequence", "model", "apart", "that were measured", "insets", "range of what", "channels labelled",
        "brightness and contrast", "same adjustment", "all can tell apart", "grey", "scale", "explained", "legible",
        "hiding no data", "without loss",
    ):  # fmt: skip
        assert word in items, word
