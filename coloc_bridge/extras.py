"""How what is optional is installed, said in one place: the words depend on whether the package is on an index."""

ON_AN_INDEX = False
"""Whether ``pip install coloc-bridge`` finds the package; until then it is installed from its own folder."""


def pip_install(*extras: str, pip: str = "pip") -> str:
    """Return the command that brings these extras, as it works now; `pip` is what calls pip.

    Examples
    --------
    >>> pip_install("fiji", "java")
    'pip install ".[fiji,java]" in the folder of coloc_bridge'
    """
    named = f"[{','.join(extras)}]" if extras else ""
    if ON_AN_INDEX:
        return f'{pip} install "coloc-bridge{named}"'
    return f'{pip} install ".{named}" in the folder of coloc_bridge'
