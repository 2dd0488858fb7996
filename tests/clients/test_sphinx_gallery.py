"""sphinx-gallery 0.22 with `show_memory`: the figure under each example of a gallery."""

from __future__ import annotations

import re
from pathlib import Path

import environment
import pytest

CONFIGURATION = """
extensions = ["sphinx_gallery.gen_gallery"]
sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "gallery",
    "show_memory": True,
    "image_scrapers": (),
    "reset_modules": (),
}
"""

EXAMPLES = {
    "plot_1_nothing": "import memory_profiler; print(memory_profiler.__name__)",
    "plot_2_keeps": "kept = bytearray(64 << 20)\n\n# %%\n# The other half.\nalso = bytearray(64 << 20)",
    "plot_3_frees": "block = bytearray(160 << 20)\ndel block",
}

#: What building the pages of an example takes beside it, MiB.
TOLERANCE = 12


@pytest.fixture(scope="module")
def sphinx(tmp_path_factory: pytest.TempPathFactory) -> environment.Client:
    return environment.client(
        "sphinx-gallery",
        "sphinx-gallery==0.22.1",
        "sphinx==9.0.4",
        scratch=tmp_path_factory.mktemp("sphinx"),
    )


def test_each_example_has_its_peak(sphinx: environment.Client, tmp_path: Path) -> None:
    """The last one frees its block within a sample: memory_profiler 0.61 shows nothing of it."""
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples/README.txt").write_text("Examples\n========\n")
    for name, text in EXAMPLES.items():
        title = f'"""\n{name}\n{"=" * len(name)}\n\nAn example.\n"""\n'
        (tmp_path / f"examples/{name}.py").write_text(title + text)
    (tmp_path / "conf.py").write_text(CONFIGURATION)
    (tmp_path / "index.rst").write_text("Title\n=====\n\n.. toctree::\n\n   gallery/index\n")
    sphinx.python(tmp_path, "-m", "sphinx", "-q", "-b", "html", ".", "built")

    pages = {name: (tmp_path / f"built/gallery/{name}.html").read_text() for name in EXAMPLES}
    assert environment.OURS in pages["plot_1_nothing"]
    shown = {
        name: int(found[1])
        for name, page in pages.items()
        if (found := re.search(r"Estimated memory usage:</strong>\s*(\d+) MB", page))
    }
    assert shown.keys() == EXAMPLES.keys()
    base = shown["plot_1_nothing"]
    assert 20 < base < 200
    assert abs(shown["plot_2_keeps"] - base - 128) < TOLERANCE
    assert abs(shown["plot_3_frees"] - base - 160) < TOLERANCE
