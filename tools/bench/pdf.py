"""A PDF of 200 pages: consult's renderer beside bare typst on the same template and input, each in a cold process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from statistics import median

import psutil
import pypdfium2

from consult.outcomes.renderers import fonts, pdf
from consult.testing.specimen import specimen
from tools.bench.results import Measure
from tools.bench.stores import KEPT, ROOT

PAIRS = 5
#: Chapters of the English specimen that make 200 pages.
CHAPTERS = 93
PDF_RATIO = 1.5

_OURS = f"""
import sys
from pathlib import Path
from consult.outcomes.renderers.pdf import render
from consult.testing.specimen import specimen
Path(sys.argv[1]).write_bytes(render(specimen("en", chapters={CHAPTERS})))
"""

_BARE = """
import json, sys
from pathlib import Path
import typst
given = json.loads(Path(sys.argv[2]).read_text())
pdf = typst.compile(
    given["template"], root=str(Path(given["template"]).parent), font_paths=[given["fonts"]], ignore_system_fonts=True,
    format="pdf", sys_inputs=given["inputs"], pdf_standards=["a-2a", "ua-1"], timestamp=0,
)
Path(sys.argv[1]).write_bytes(pdf)
"""


def measure_pdf() -> Measure:
    """Set the document five times each way, in turns, and compare the CPU time of the processes."""
    print("  pdf-200", flush=True)
    folder = KEPT / "pdf"
    folder.mkdir(parents=True, exist_ok=True)
    given = folder / "given.json"
    given.write_text(json.dumps(_given(), ensure_ascii=False))
    ours, bare = folder / "ours.pdf", folder / "bare.pdf"
    turns = [(_cold(_OURS, ours), _cold(_BARE, bare, given)) for _ in range(PAIRS)]
    measure = Measure("pdf-200", None, None, ratio_bar=PDF_RATIO)
    measure.cpu_ms = median(mine for mine, _ in turns)
    measure.bare_ms = median(plain for _, plain in turns)
    measure.bare_ratio = median(mine / plain for mine, plain in turns)
    measure.pages, pages = len(pypdfium2.PdfDocument(ours)), len(pypdfium2.PdfDocument(bare))
    measure.bytes = ours.stat().st_size
    if measure.pages != pages or pages < 200:
        measure.problem = f"{measure.pages} pages, bare typst {pages}"
    return measure


def _given() -> dict[str, object]:
    return {
        "template": str(pdf.TEMPLATE),
        "fonts": str(fonts.font_directory()),
        "inputs": pdf.template_inputs(specimen("en", chapters=CHAPTERS)),
    }


def _cold(program: str, *files: Path) -> float:
    """Run a program in a process of its own and return its CPU milliseconds."""
    process = psutil.Popen([sys.executable, "-c", program, *map(str, files)], cwd=ROOT, stderr=subprocess.PIPE)
    before = psutil.Process().cpu_times()
    _, errors = process.communicate()
    if process.returncode:
        raise RuntimeError(errors.decode())
    after = psutil.Process().cpu_times()
    return float(after.children_user + after.children_system - before.children_user - before.children_system) * 1000
