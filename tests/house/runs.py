"""Run pytest with the plugins of this suite over one sample file, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.house.source import ROOT

PLUGINS = ("tests.environment", "tests.features", "no:cacheprovider")
ALONE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "ERP_TEST_STRICT": ""}


def run(
    folder: Path, text: str, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Write `text` as a test file and run it without other plugins, not strict unless asked."""
    (folder / "test_sample.py").write_text(text, encoding="utf-8")
    chosen = [part for name in PLUGINS for part in ("-p", name)]
    where = ["-c", os.devnull, f"--rootdir={folder}", str(folder / "test_sample.py")]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *chosen, *where, *arguments],
        cwd=ROOT,
        env=os.environ | ALONE | environment,
        capture_output=True,
        text=True,
        check=False,
    )
