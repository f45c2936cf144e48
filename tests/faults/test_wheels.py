"""Wheels built from the tree work outside it: an environment that has them and their dependencies runs the demonstration."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.faults

ROOT = Path(__file__).parents[2]
PROJECTS = {"consult": ROOT} | {f"consult_{name}": ROOT / "plugins" / name for name in ("academic", "cso", "municipal")}


@dataclass(frozen=True, slots=True)
class Wheels:
    """The built wheels by distribution, and the folder that has them."""

    folder: Path

    def names(self, project: str) -> set[str]:
        """Return the names of the files in a wheel, its own description left out."""
        [wheel] = self.folder.glob(f"{project}-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            return {name for name in archive.namelist() if ".dist-info/" not in name}


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Wheels:
    """The wheels of consult and its three plugins, built without asking any index."""
    folder = tmp_path_factory.mktemp("wheels")
    command = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-index",
    ]
    command += ["--no-build-isolation", "--wheel-dir", str(folder), *map(str, PROJECTS.values())]
    subprocess.run(command, check=True, cwd=folder)
    return Wheels(folder)


def tracked(*folders: str) -> set[str]:
    """Return the files under folders that git keeps or could keep: what is ignored is nobody's source."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", *folders]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return {name for name in listed if (ROOT / name).is_file()}


def test_everything_of_the_core_is_inside(wheels: Wheels) -> None:
    templates = {f"consult/{name}" for name in tracked("templates")}
    catalogues = {f"consult/locale/{code}/LC_MESSAGES/messages.mo" for code in ("ar", "en", "fr")}
    assert wheels.names("consult") == tracked("consult") | templates | catalogues
    kinds = {"csv", "css", "html", "js", "md", "mo", "py", "svg", "toml", "txt", "typ"}
    assert kinds <= {name.rpartition(".")[2] for name in wheels.names("consult")}


@pytest.mark.parametrize("name", ["academic", "cso", "municipal"])
def test_everything_of_a_plugin_is_inside(wheels: Wheels, name: str) -> None:
    package = f"plugins/{name}/consult_{name}"
    sources = {file.removeprefix(f"plugins/{name}/") for file in tracked(package)}
    catalogues = {f"consult_{name}/translations/{code}/LC_MESSAGES/messages.mo" for code in ("ar", "en", "fr")}
    assert wheels.names(f"consult_{name}") == sources | catalogues


@pytest.fixture(scope="module")
def environment(wheels: Wheels, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the four wheels; their dependencies are those of this one, read only."""
    home = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    python = home / "bin" / "python"
    command = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--python",
        str(python),
        "install",
        "--quiet",
    ]
    command += ["--no-deps", "--no-index", *map(str, wheels.folder.glob("*.whl"))]
    subprocess.run(command, check=True, cwd=home)
    [site] = home.glob("lib/python*/site-packages")
    # A folder named here is searched last, and its own .pth files, the editable installs, are not followed.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home


LOOK = """
import consult, consult_municipal
from consult.__main__ import make_app
from consult.i18n import Message, translate
app = make_app()
client = app.test_client()
print(consult.__file__, consult_municipal.__file__)
words = {code: translate(Message("Sign in"), code) for code in ("ar", "en", "fr")}
assert len(set(words.values())) == 3
for path in ("/ar/", "/ar/c/tripoli/", "/fr/c/tripoli/submissions/", "/en/about/privacy", "/en/c/tripoli/outcome/"):
    page = client.get(path)
    print(path, page.status_code, words[path[1:3]] in page.get_data(as_text=True))
style = client.get("/ar/").get_data(as_text=True).split('rel="stylesheet" href="')[1].split('"')[0]
print(client.get(style).status_code)
"""


def test_they_run_the_demonstration_outside_the_tree(environment: Path, tmp_path: Path) -> None:
    variables = {k: v for k, v in os.environ.items() if not k.startswith(("CONSULT_", "PYTHON", "VIRTUAL_ENV"))}
    variables |= {"CONSULT_INSTANCE_PATH": str(tmp_path / "instance")}

    def run(*command: str) -> str:
        done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    consult = str(environment / "bin" / "consult")
    assert [line.split("\t")[0] for line in run(consult, "plugins").splitlines()] == [
        "academic 0.1.0",
        "cso 0.1.0",
        "municipal 0.1.0",
    ]
    assert "/ar/invitation/" in run(consult, "demo", "--no-serve")
    places, *pages, style = run(str(environment / "bin" / "python"), "-c", LOOK).splitlines()
    assert all(place.startswith(str(environment)) for place in places.split())
    assert pages == [
        "/ar/ 200 True",
        "/ar/c/tripoli/ 200 True",
        "/fr/c/tripoli/submissions/ 200 True",
        "/en/about/privacy 200 True",
        "/en/c/tripoli/outcome/ 200 True",
    ]
    assert style == "200"
    assert run(consult, "rules", "list").count("\n") == 21
