"""Copy the browser files Pegboard ships from node_modules into the package.

Run by contributors only (``npm ci --prefix frontend && python frontend/vendor.py``). The result is
committed, so nobody needs Node to install or run the product.

* ``python frontend/vendor.py`` copies the files, rebuilds the icon sprite and the licence list.
* ``--check`` does the same in a temporary folder and exits 1 on a difference.
* ``--check-icons`` needs no node_modules and exits 1 if a used icon has no symbol.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FRONTEND = Path(__file__).resolve().parent
ROOT = FRONTEND.parent
MODULES = FRONTEND / "node_modules"
STATIC = Path("erp_core/admin/static")
AXE = Path("tests/browser/vendor")
LICENCE_FILE = Path("THIRD_PARTY_LICENSES.md")
SPRITE = STATIC / "icons.svg"
LARGE = 20_000  # bytes; below that a compressed copy is not worth a second file

ICON_USE = re.compile(r"""\bicon(?:["']\s*:|\(|\s*=)\s*["']([a-z0-9]+(?:-[a-z0-9]+)*)["']""")
SVG_BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
FRAME = '<path stroke="none" d="M0 0h24v24H0z" fill="none" />'
SYMBOL_ID = re.compile(r'<symbol id="([^"]+)"')

# Names that reach the page as data (a role, a menu entry of a plugin) and so are in no template.
ALWAYS = FRONTEND / "icons.txt"


class VendorError(Exception):
    """Say in one sentence why the files cannot be copied."""


@dataclass(frozen=True)
class Source:
    """One npm package: where it goes, which files are taken and under which licence."""

    package: str
    folder: str
    licence: str
    files: tuple[str, ...] = ()
    texts: tuple[str, ...] = ("LICENSE",)
    note: str = ""
    test_only: bool = False

    @property
    def home(self) -> Path:
        """Return the package's folder in node_modules."""
        return MODULES / self.package

    def version(self) -> str:
        """Return the installed version."""
        data = json.loads((self.home / "package.json").read_text(encoding="utf-8"))
        return str(data["version"])

    def target(self) -> Path:
        """Return the folder the files are copied to, relative to the repository."""
        return AXE if self.test_only else STATIC / "vendor" / f"{self.folder}-{self.version()}"


INTER = tuple(
    f"files/inter-{subset}-wght-normal.woff2"
    for subset in ("latin", "latin-ext", "cyrillic", "cyrillic-ext", "greek", "vietnamese")
)
SOURCES = (
    Source(
        "@tabler/core",
        "tabler",
        "MIT",
        ("dist/css/tabler.min.css",),
        ("../../../licences/tabler.txt",),
        "Style sheet only; contains Bootstrap's style sheet (MIT). The libs folder is not used.",
    ),
    Source("@tabler/icons", "tabler-icons", "MIT", note="The outline icons used, as icons.svg."),
    Source("htmx.org", "htmx", "0BSD", ("dist/htmx.min.js",)),
    Source(
        "echarts",
        "echarts",
        "Apache-2.0",
        ("dist/echarts.common.min.js",),
        ("LICENSE", "NOTICE", "../zrender/LICENSE", "../tslib/LICENSE.txt"),
        "Contains ZRender (BSD-3-Clause) and tslib (0BSD).",
    ),
    Source("@fontsource-variable/inter", "inter", "OFL-1.1", INTER),
    Source(
        "dejavu-fonts-ttf",
        "dejavu",
        "Bitstream-Vera",
        ("ttf/DejaVuSans.ttf", "ttf/DejaVuSans-Bold.ttf"),
        note="For PDF files, which need TrueType; a file carries only the letters it uses.",
    ),
    Source(
        "axe-core",
        "axe",
        "MPL-2.0",
        ("axe.min.js",),
        ("LICENSE", "LICENSE-3RD-PARTY.txt"),
        "Test tool, not part of the installed product.",
        test_only=True,
    ),
)


def text_name(path: str) -> str:
    """Return the file name a licence text gets beside the copied files."""
    parts = Path(path)
    if parts.parent.name in {"zrender", "tslib"}:
        return f"LICENSE-{parts.parent.name}"
    return "LICENSE" if parts.parent.name == "licences" else parts.name


def copy_sources(out: Path) -> list[dict[str, object]]:
    """Copy every listed file below ``out`` and return the manifest entries."""
    return [copy_source(source, out) for source in SOURCES]


def copy_source(source: Source, out: Path) -> dict[str, object]:
    """Copy one package's files and licence texts; return its manifest entry."""
    target = out / source.target()
    target.mkdir(parents=True, exist_ok=True)
    names = [(name, Path(name).name) for name in source.files]
    names += [(name, text_name(name)) for name in source.texts]
    for origin, name in names:
        shutil.copyfile(source.home / origin, target / name)
    return {
        "name": source.folder,
        "package": source.package,
        "version": source.version(),
        "licence": source.licence,
        "folder": source.target().as_posix(),
        "test_only": source.test_only,
        "files": {name: sha256(target / name) for _, name in sorted(names)},
    }


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content, of a compressed file that of what it holds."""
    content = path.read_bytes()
    plain = gzip.decompress(content) if path.suffix == ".gz" else content
    return hashlib.sha256(plain).hexdigest()


def compress(out: Path) -> None:
    """Write a gzip copy beside each large text file; the static server hands it out."""
    paths = [*(out / STATIC / "vendor").rglob("*.min.*"), out / SPRITE]
    for path in paths:
        if path.suffix != ".gz" and path.stat().st_size > LARGE:
            packed = gzip.compress(path.read_bytes(), 9, mtime=0)
            path.with_name(path.name + ".gz").write_bytes(packed)


def write_manifest(out: Path, entries: list[dict[str, object]]) -> None:
    """Write vendor.json: version, package, licence and hash of every copied file."""
    text = json.dumps({"packages": entries}, indent=2, ensure_ascii=False) + "\n"
    (out / STATIC / "vendor" / "vendor.json").write_text(text, encoding="utf-8")


def write_licences(out: Path) -> None:
    """Write the list of third-party licences with their full texts."""
    parts = [
        "# Third-party licences\n",
        "Browser files that Pegboard ships, written by `frontend/vendor.py`. Python packages are",
        "installed by pip under their own licences and are not copied here.\n",
        "| Package | Version | Licence | Note |",
        "| --- | --- | --- | --- |",
    ]
    parts += [f"| {s.package} | {s.version()} | {s.licence} | {s.note} |" for s in SOURCES]
    for source in SOURCES:
        parts += list(licence_section(source))
    (out / LICENCE_FILE).write_text("\n".join(parts) + "\n", encoding="utf-8")


def licence_section(source: Source) -> Iterator[str]:
    """Yield the lines of one package's section."""
    for text in source.texts:
        body = (source.home / text).read_text(encoding="utf-8").strip().replace("\r\n", "\n")
        yield f"\n## {source.package} {source.version()}: {text_name(text)}\n"
        yield "```text\n" + "\n".join(line.rstrip() for line in body.split("\n")) + "\n```"


def used_icons() -> dict[str, str]:
    """Return icon name -> first file that names it, over templates and Python sources."""
    found: dict[str, str] = {}
    for folder in ("erp_core", "plugins"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".html", ".py"} and path.is_file():
                for name in ICON_USE.findall(path.read_text(encoding="utf-8")):
                    found.setdefault(name, path.relative_to(ROOT).as_posix())
    return found


def write_sprite(out: Path) -> None:
    """Build one SVG with a symbol for every used and always-included icon."""
    always = ALWAYS.read_text(encoding="utf-8").split()
    wanted = dict.fromkeys(always, "frontend/icons.txt") | used_icons()
    symbols = [symbol(name, where) for name, where in sorted(wanted.items())]
    body = '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"
    (out / SPRITE).write_text(body, encoding="utf-8")


def symbol(name: str, where: str) -> str:
    """Return the ``<symbol>`` of one Tabler outline icon."""
    path = MODULES / "@tabler/icons/icons/outline" / f"{name}.svg"
    if not path.is_file():
        raise VendorError(f"Icon '{name}' in {where} is not a Tabler outline icon.")
    match = SVG_BODY.search(path.read_text(encoding="utf-8"))
    if match is None:
        raise VendorError(f"Icon '{name}' has no drawing in {path}.")
    shapes = " ".join(match.group(1).split()).replace("> <", "><").replace(FRAME, "")
    return f'<symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>'


def build(out: Path) -> None:
    """Write everything below ``out``; the caller owns the folder."""
    if not MODULES.is_dir():
        raise VendorError("frontend/node_modules is missing. Run: npm ci --prefix frontend")
    entries = copy_sources(out)
    write_manifest(out, entries)
    write_licences(out)
    write_sprite(out)
    compress(out)


def produced(base: Path) -> dict[str, str]:
    """Return relative path -> hash of every file this script writes below ``base``."""
    folders = (base / STATIC / "vendor", base / AXE)
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    single = (base / SPRITE, base / f"{SPRITE}.gz", base / LICENCE_FILE)
    paths += [path for path in single if path.is_file()]
    return {path.relative_to(base).as_posix(): sha256(path) for path in paths}


def differences() -> list[str]:
    """Return the files that a fresh run would add, change or remove."""
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        fresh = produced(Path(folder))
    kept = produced(ROOT)
    return sorted(path for path in fresh.keys() | kept.keys() if fresh.get(path) != kept.get(path))


def missing_icons() -> list[str]:
    """Return one sentence for each used icon that the committed sprite lacks."""
    sprite = ROOT / SPRITE
    have = set(SYMBOL_ID.findall(sprite.read_text(encoding="utf-8"))) if sprite.exists() else set()
    return [
        f"Icon '{name}' in {where} is not in {SPRITE}; run frontend/vendor.py."
        for name, where in sorted(used_icons().items())
        if name not in have
    ]


def run(arguments: argparse.Namespace) -> list[str]:
    """Do what the command line asks and return the complaints."""
    if arguments.check_icons:
        return missing_icons()
    if arguments.check:
        return [f"{path} differs from a fresh copy." for path in differences()]
    for folder in (ROOT / STATIC / "vendor", ROOT / AXE):
        shutil.rmtree(folder, ignore_errors=True)
    build(ROOT)
    return []


def main() -> int:
    """Run the script; return 0 when everything is as it should be."""
    parser = argparse.ArgumentParser(description="Copy the browser files that Pegboard ships.")
    parser.add_argument("--check", action="store_true", help="compare with a fresh copy")
    parser.add_argument("--check-icons", action="store_true", help="check the sprite alone")
    try:
        complaints = run(parser.parse_args())
    except VendorError as error:
        complaints = [str(error)]
    for line in complaints:
        print(line, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
