"""settings.toml and the environment: every slip is one sentence, exit code 2 from the program."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from erp_core.config import KEYS, Config, load_config, normalise_url
from erp_core.errors import ConfigError
from tests.core.boot import boot
from tests.core.processes import Place

SECRET = "s" * 40


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder with none of our environment variables."""
    for name in list(os.environ):
        if name.startswith("ERP_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(text: str) -> Config:
    Path("settings.toml").write_text(text, encoding="utf-8")
    return load_config()


def refusal(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(text)
    return str(caught.value)


def test_without_a_file_everything_has_a_default() -> None:
    config = load_config()
    assert config.database_url == "sqlite:///instance/pegboard.sqlite3"
    assert config.plugins is None
    assert len(config.secret_key) >= 32


def test_a_file_may_hold_every_key() -> None:
    config = load(
        f'secret_key = "{SECRET}"\ndatabase_url = "postgresql://me@db/erp"\n'
        'plugins = ["a"]\nplugin_paths = ["p"]\nsafe_mode = true\nlocked = ["a.b"]\n'
        'timezone = "Europe/Berlin"\nlanguage = "de"\nallowed_hosts = ["erp.example"]\n'
        "proxy_count = 1\nsecure_cookies = true\n[a]\nb = 3\n"
    )
    assert config == Config(
        database_url="postgresql+psycopg://me@db/erp",
        secret_key=SECRET,
        plugins=("a",),
        plugin_paths=("p",),
        safe_mode=True,
        locked=frozenset({"a.b"}),
        timezone="Europe/Berlin",
        language="de",
        allowed_hosts=("erp.example",),
        proxy_count=1,
        secure_cookies=True,
        defaults={"a": {"b": 3}},
    )


@pytest.mark.parametrize("key", KEYS)
def test_a_misspelt_key_suggests_the_right_one(key: str) -> None:
    wrong = key[:-1] + ("x" if key[-1] != "x" else "y")
    assert f"unknown key `{wrong}`. Did you mean `{key}`?" in refusal(f"{wrong} = 1")


def test_an_unknown_key_lists_the_known_ones() -> None:
    assert "Known keys: database_url" in refusal("zzzz = 1")


@pytest.mark.parametrize("key", KEYS)
def test_a_value_of_another_type_is_named_with_what_is_expected(key: str) -> None:
    for value in ("1.5", "1979-05-27", '"text"', "7", "true", "[1]"):
        expected = {"1.5": float, '"text"': str, "7": int, "true": bool, "[1]": list}.get(value)
        if expected is KEYS[key] and value != "[1]":
            continue
        says = refusal(f"{key} = {value}")
        assert f"`{key}`" in says
        assert "must be" in says


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a = ", "is not valid TOML"),
        ('secret_key = "short"', "secret_key is shorter than 32 characters"),
        ('timezone = "Mars/Olympus"', "`timezone` is 'Mars/Olympus'"),
        ('language = "klingon"', "`language` is 'klingon'"),
        ("proxy_count = -1", "`proxy_count` is -1; it must be a whole number from 0 to 10"),
        ('database_url = "mysql://x"', "must start with sqlite:/// or postgresql+psycopg://"),
        ('database_url = ""', "must start with"),
        ('database_url = "postgresql://me:secret@db:port/x"', "database_url cannot be read"),
    ],
)
def test_a_value_that_cannot_be_used_is_a_sentence(text: str, says: str) -> None:
    answer = refusal(text)
    assert says in answer
    assert "secret@" not in answer


def test_bytes_that_are_no_text_are_a_sentence(folder: Path) -> None:
    (folder / "settings.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config()


def test_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERP_DATABASE_URL", "sqlite:///other.sqlite3")
    monkeypatch.setenv("ERP_SECRET_KEY", "e" * 40)
    monkeypatch.setenv("ERP_SAFE_MODE", "1")
    config = load(f'secret_key = "{SECRET}"\ndatabase_url = "sqlite:///mine.sqlite3"')
    assert (config.database_url, config.secret_key) == ("sqlite:///other.sqlite3", "e" * 40)
    assert config.safe_mode


def test_another_file_can_be_named_and_must_be_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "mine.toml").write_text('language = "de"', encoding="utf-8")
    monkeypatch.setenv("ERP_SETTINGS", "mine.toml")
    assert load_config().language == "de"
    monkeypatch.setenv("ERP_SETTINGS", "gone.toml")
    with pytest.raises(ConfigError, match=r"ERP_SETTINGS names 'gone\.toml', which is not there"):
        load_config()


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("postgres://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql+psycopg://u@h/d", "postgresql+psycopg://u@h/d"),
        ("sqlite:///a.db", "sqlite:///a.db"),
    ],
)
def test_database_addresses_name_their_driver(given: str, wanted: str) -> None:
    assert normalise_url(given) == wanted


def test_a_secret_key_is_made_once_and_kept_for_its_owner_alone(folder: Path) -> None:
    first = load_config().secret_key
    path = folder / "instance" / "secret_key"
    assert load_config().secret_key == first
    assert path.stat().st_mode & 0o077 == 0


def test_two_processes_that_start_first_use_the_same_key(folder: Path) -> None:
    code = "from erp_core.config import load_config; print(load_config().secret_key)"
    root = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": str(root)}
    both = [
        subprocess.Popen(
            [sys.executable, "-c", code], cwd=folder, env=environment, stdout=subprocess.PIPE
        )
        for _ in range(4)
    ]
    keys = {process.communicate()[0] for process in both}
    assert len(keys) == 1
    assert len(keys.pop().strip()) >= 32


def test_an_empty_key_file_is_refused(folder: Path) -> None:
    (folder / "instance").mkdir()
    (folder / "instance" / "secret_key").touch()
    with pytest.raises(ConfigError, match="secret_key is shorter than 32"):
        load_config()


@pytest.mark.parametrize(
    ("defaults", "locked", "says"),
    [
        (
            {"toy_gadget": {"sice": 3}},
            (),
            r"\[toy_gadget\] in settings.toml: There is no setting 's",
        ),
        ({"toy_gadget": {"size": 99}}, (), r"\[toy_gadget\] in settings.toml: size cannot be '99'"),
        ({"toy_gadgets": {"size": 3}}, (), r"a table \[toy_gadgets\]; did you mean \[toy_gadget\]"),
        ({}, ("toy_gadget.sice",), r"`locked` names 'toy_gadget.sice', which is no setting"),
    ],
)
def test_a_slip_in_a_plugins_table_stops_the_start(
    defaults: dict[str, dict[str, object]], locked: tuple[str, ...], says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        boot("sqlite://", defaults=defaults, locked=frozenset(locked))


def test_the_table_of_a_plugin_that_is_not_loaded_may_stay() -> None:
    boot("sqlite://", defaults={"somebody_elses": {"x": 1}})


def test_a_database_file_in_a_place_that_cannot_be_is_a_sentence(folder: Path) -> None:
    (folder / "file").touch()
    with pytest.raises(ConfigError, match=r"database_url .*file/deep"):
        boot(f"sqlite:///{folder}/file/deep/x.sqlite3")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"plugns": ["a"]}, "unknown key `plugns`. Did you mean `plugins`?"),
        ({"safe_mode": "yes"}, "`safe_mode` is 'yes'; it must be"),
        ({"plugins": ["toy_gadget", "nobody"]}, "settings.toml loads nobody, which is not"),
        ({"plugin_paths": ["nowhere"]}, "which is not a folder"),
    ],
)
def test_the_program_ends_with_2_and_one_sentence(
    folder: Path, more: dict[str, object], says: str
) -> None:
    result = Place(folder, f"sqlite:///{folder}/x.sqlite3", **more).erp("plugin", "list")
    assert result.returncode == 2
    assert result.stdout == ""
    assert says in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert result.stderr.startswith("erp: ")
