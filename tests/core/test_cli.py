"""The program: what it prints where, how it ends, and that it never shows a stack trace."""

from __future__ import annotations

import io
import json
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from erp_core import __main__
from erp_core.app import Erp
from erp_core.testing.databases import Database
from tests.core.processes import Place

on_sqlite = pytest.mark.parametrize("toy_database", ["sqlite"], indirect=True)
STRANGERS = [
    (["frobnicate"], 2, "No such command"),
    (["run", "--port", "99999"], 2, "99999"),
    (["plugin", "enable"], 2, "Missing argument"),
    (["plugin", "enable", "nobody"], 2, "No plugin is called 'nobody'. Installed: toy_gadget"),
    (["plugin", "check", "nobody"], 2, "No plugin is called 'nobody'"),
    (["plugin", "purge", "toy_gizmo"], 1, "toy_gizmo is on; switch it off first"),
    (["plugin", "disable", "toy_gadget"], 1, "toy_gizmo need toy_gadget and would be hidden"),
    (["db", "upgrade", "nobody"], 2, "No plugin is called 'nobody'"),
    (["setting", "get", "nobody"], 1, "No settings for 'nobody'. Plugins with settings"),
    (["setting", "get", "toy_gadget", "sice"], 2, "toy_gadget has no setting 'sice'"),
    (["setting", "set", "toy_gadget", "sice", "3"], 1, "There is no setting 'sice'"),
    (["setting", "set", "toy_gadget", "size", "99"], 1, "size cannot be '99'"),
    (["token", "create", "--email", "x@example.com", "--name", "x"], 1, "Nobody has the address"),
    (["token", "create", "--email", "x", "--name", "x", "--scope", "q"], 1, "No permission"),
    (["gadget", "make", "cursed"], 1, "A cursed gadget cannot be painted."),
    (["user", "create", "--email", "x", "--role", "admin", "--password-stdin"], 1, "fewer than 12"),
]


@dataclass(frozen=True)
class Ended:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture
def place(toy_app: Erp, toy_database: Database, tmp_path: Path) -> Place:
    """A folder from which the program uses the database of the toys."""
    return Place(tmp_path, toy_database.url)


@pytest.fixture
def erp(
    toy_app: Erp, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    """Run the program's own main() in this process: starting it each time takes a second."""
    monkeypatch.setattr(__main__, "create_app", lambda: toy_app)

    def run(*arguments: str, stdin: str = "") -> Ended:
        monkeypatch.setattr("sys.argv", ["erp", *arguments])
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as ended:
            __main__.main()
        shown = capsys.readouterr()
        return Ended(int(ended.value.code or 0), shown.out, shown.err)

    return run


@on_sqlite
@pytest.mark.parametrize(("arguments", "code", "says"), STRANGERS)
def test_a_mistake_is_one_sentence_and_an_exit_code(
    erp: Command, arguments: list[str], code: int, says: str
) -> None:
    ended = erp(*arguments, stdin="short\n")
    assert ended.code == code, ended
    assert says in ended.err
    assert ended.out == ""
    assert "Traceback" not in ended.err


@on_sqlite
def test_the_installed_program_speaks_json_on_stdout_and_sentences_on_stderr(place: Place) -> None:
    listed = place.erp("plugin", "list", "--json")
    assert listed.returncode == 0
    assert [item["name"] for item in json.loads(listed.stdout)["plugins"]] == [
        "toy_gadget",
        "toy_gizmo",
    ]
    refused = place.erp("gadget", "make", "cursed")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "erp: A cursed gadget cannot be painted.\n"


@on_sqlite
def test_a_story_told_in_commands(erp: Command) -> None:
    off = erp("plugin", "disable", "toy_gadget", "--yes")
    assert (off.code, off.out) == (0, "")
    assert "Off: toy_gadget, toy_gizmo. All data stays." in off.err
    refused = erp("gadget", "make", "ball")
    assert refused.code == 1
    assert "erp plugin enable toy_gadget" in refused.err
    assert "On: toy_gadget." in erp("plugin", "enable", "toy_gadget").err
    assert erp("gadget", "make", "ball").out == "ball is made.\n"
    assert erp("setting", "set", "toy_gadget", "size", "7").code == 0
    found = json.loads(erp("setting", "get", "toy_gadget", "--json").out)
    assert found["size"] == {"value": 7, "source": "global"}


@on_sqlite
def test_people_and_tokens_are_made_from_the_terminal(erp: Command) -> None:
    arguments = ["user", "create", "--email", "a@example.com", "--role", "admin"]
    made = erp(*arguments, "--password-stdin", stdin="a long password\n")
    assert made.code == 0, made.err
    token = erp("token", "create", "--email", "a@example.com", "--name", "bot")
    assert token.out.startswith("peg_")
    assert len(token.out.strip().splitlines()) == 1


def test_purging_needs_the_plugin_off_the_name_twice_and_nobody_who_needs_it(erp: Command) -> None:
    assert erp("plugin", "disable", "toy_gadget", "--yes").code == 0
    assert "Add `--confirm toy_gadget`" in erp("plugin", "purge", "toy_gadget").err
    needed = erp("plugin", "purge", "toy_gadget", "--confirm", "toy_gadget")
    assert needed.code == 1
    assert "toy_gizmo need the tables of toy_gadget; purge them first." in needed.err
    for name in ("toy_gizmo", "toy_gadget"):
        gone = erp("plugin", "purge", name, "--confirm", name)
        assert gone.code == 0, gone.err
    checked = erp("check", "--json")
    assert checked.code == 1
    assert len(json.loads(checked.out)["schema"]) == 2


@on_sqlite
def test_check_is_clean_on_a_clean_house(erp: Command) -> None:
    checked = erp("check", "--json")
    assert checked.code == 0, checked
    assert json.loads(checked.out) == {"configuration": [], "schema": [], "plugins": []}


@on_sqlite
def test_help_is_no_mistake(erp: Command) -> None:
    assert erp("--help").code == 0
    assert "disable" in erp("plugin", "--help").out


def test_check_names_a_plugin_that_cannot_be_loaded(tmp_path: Path) -> None:
    broken = tmp_path / "more" / "zz_broken"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("import nothing_of_this_name", encoding="utf-8")
    paths = {"plugin_paths": [str(tmp_path / "more")], "plugins": ["zz_broken"]}
    place = Place(tmp_path, f"sqlite:///{tmp_path}/x.sqlite3", **paths)
    assert place.erp("init").returncode == 0
    checked = place.erp("check", "--json")
    assert checked.returncode == 1
    (found,) = json.loads(checked.stdout)["plugins"]
    assert f"{broken / '__init__.py'}, line 1: ModuleNotFoundError" in found


@pytest.mark.parametrize("command", [["run"], ["worker"]])
def test_serving_an_old_database_is_refused(tmp_path: Path, command: list[str]) -> None:
    result = Place(tmp_path, f"sqlite:///{tmp_path}/x.sqlite3").erp(*command)
    assert result.returncode == 1
    assert "The tables of core, toy_gadget, toy_gizmo are not up to date" in result.stderr


@pytest.mark.postgres
def test_a_database_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    place = Place(tmp_path, "postgresql://postgres@127.0.0.1:1/nowhere")
    result = place.erp("plugin", "list")
    assert result.returncode == 1
    assert "erp: The database cannot be used:" in result.stderr
    assert "Traceback" not in result.stderr


@on_sqlite
def test_a_port_that_is_taken_is_a_sentence(place: Place) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = place.erp("run", "--port", str(taken.getsockname()[1]))
    assert result.returncode == 1
    assert "cannot be used" in result.stderr
