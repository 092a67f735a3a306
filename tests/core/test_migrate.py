"""One history for the core and each plugin: equal to the models, down and up, independent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from erp_core import migrate
from erp_core.app import Erp
from erp_core.cli.data import initialise
from erp_core.db import db, is_sqlite
from erp_core.errors import ErpError
from erp_core.testing.databases import Database, PostgresDatabase, SqliteDatabase
from tests.core.boot import TOYS, boot, toy, write_plugin
from tests.core.conftest import ENGINES
from tests.core.processes import Place

Act = Callable[[Callable[[], Any]], Any]
LIMITS = ("lock_timeout", "statement_timeout")
MIGRATION = """
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = {revision!r}, {before!r}, None, None
def upgrade() -> None:
    {up}
def downgrade() -> None:
    {down}
"""


@pytest.fixture(params=ENGINES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    place: Database
    place = (
        SqliteDatabase(tmp_path / "e.sqlite3") if request.param == "sqlite" else PostgresDatabase()
    )
    yield place
    place.drop()


def tables() -> set[str]:
    return set(sa.inspect(db.engine).get_table_names())


def test_a_fresh_database_equals_the_models(app: Erp) -> None:
    with app.app_context():
        owners = [item.owner for item in migrate.histories()]
        found = {owner: migrate.differences(owner) for owner in owners}
        assert found == {owner: [] for owner in owners}
        assert migrate.pending() == []
        assert owners[0] == "core"


def test_a_table_that_is_not_as_the_models_say_is_found(toy_app: Erp, toy_act: Act) -> None:
    toy_act(lambda: db.session.execute(sa.text("ALTER TABLE toy_gadget_tick DROP COLUMN process")))
    with toy_app.app_context():
        assert "process" in str(migrate.differences("toy_gadget"))
        assert migrate.differences("toy_gizmo") == []


def test_all_goes_down_to_nothing_and_up_again(empty: Database) -> None:
    app = boot(empty.url)
    with app.app_context():
        assert migrate.upgrade() == ["core", "toy_gadget", "toy_gizmo"]
        assert migrate.upgrade() == []
        full = tables()
        for owner in ("toy_gizmo", "toy_gadget", "core"):
            migrate.downgrade(owner)
        assert {name for name in tables() if not name.startswith("erp_version_")} == set()
        assert migrate.current() == {"core": None, "toy_gadget": None, "toy_gizmo": None}
        assert migrate.upgrade() == ["core", "toy_gadget", "toy_gizmo"]
        assert tables() == full
        assert migrate.differences("core") + migrate.differences("toy_gadget") == []
        db.engine.dispose()


def test_one_owner_can_be_upgraded_alone(empty: Database) -> None:
    app = boot(empty.url)
    with app.app_context():
        assert migrate.upgrade("core") == ["core"]
        assert migrate.pending() == ["toy_gadget", "toy_gizmo"]
        assert not any(name.startswith("toy_") for name in tables())
        with pytest.raises(ErpError, match="No plugin is called 'nobody'"):
            migrate.upgrade("nobody")
        db.engine.dispose()


def test_when_a_plugin_is_gone_the_others_go_on(empty: Database) -> None:
    with boot(empty.url).app_context():
        initialise()
        db.engine.dispose()
    with boot(empty.url, plugins=("toy_gadget",)).app_context():
        assert migrate.upgrade() == []
        assert migrate.pending() == []
        assert "toy_gizmo_gizmo" in tables()
        assert migrate.differences("toy_gadget") == []
        db.engine.dispose()


def write_history(home: Path, *steps: tuple[str, str]) -> None:
    """Write revisions; each step is what it does up and down."""
    (home / "migrations").mkdir(exist_ok=True)
    for number, (up, down) in enumerate(steps, 1):
        name, before = f"{number:04d}", f"{number - 1:04d}" if number > 1 else None
        text = MIGRATION.format(revision=name, before=before, up=up, down=down)
        (home / "migrations" / f"{name}_step.py").write_text(text, encoding="utf-8")


CREATE = (
    "op.create_table('zz_old_row', sa.Column('id', sa.Integer, primary_key=True))",
    "op.drop_table('zz_old_row')",
)
WIDEN = (
    "op.add_column('zz_old_row', sa.Column('note', sa.String(9)))",
    "op.drop_column('zz_old_row', 'note')",
)
BREAK = (
    "op.add_column('zz_old_row', sa.Column('extra', sa.String(9)))\n"
    "    op.execute('INSERT INTO nowhere VALUES (1)')",
    "pass",
)


def test_a_database_newer_than_the_program_is_refused(empty: Database, plugin_folder: Path) -> None:
    home = write_plugin(plugin_folder, "zz_old")
    write_history(home, CREATE, WIDEN)
    with boot(empty.url, plugins=("zz_old",), plugin_paths=(str(plugin_folder),)).app_context():
        migrate.upgrade()
        db.engine.dispose()
    (home / "migrations" / "0002_step.py").unlink()
    with boot(empty.url, plugins=("zz_old",), plugin_paths=(str(plugin_folder),)).app_context():
        with pytest.raises(ErpError, match=r"zz_old are at revision 0002.*up to 0001"):
            migrate.pending()
        db.engine.dispose()


def test_a_step_that_fails_leaves_the_tables_as_they_were(
    empty: Database, plugin_folder: Path
) -> None:
    home = write_plugin(plugin_folder, "zz_old")
    write_history(home, CREATE)
    app = boot(empty.url, plugins=("zz_old",), plugin_paths=(str(plugin_folder),))
    with app.app_context():
        migrate.upgrade()
        db.session.execute(sa.text("INSERT INTO zz_old_row (id) VALUES (1)"))
        db.session.commit()
        write_history(home, CREATE, BREAK)
        with pytest.raises(DBAPIError):
            migrate.upgrade()
        assert migrate.current()["zz_old"] == "0001"
        assert {column["name"] for column in sa.inspect(db.engine).get_columns("zz_old_row")} == {
            "id"
        }
        assert db.session.scalar(sa.text("SELECT count(*) FROM zz_old_row")) == 1
        db.session.rollback()
        db.engine.dispose()


def test_rebuilding_a_parent_table_keeps_its_children(empty: Database, plugin_folder: Path) -> None:
    """SQLite copies a table to change it; with foreign keys on that would cascade."""
    home = write_plugin(plugin_folder, "zz_old")
    parent = CREATE[0] + (
        "\n    op.create_table('zz_old_child', sa.Column('id', sa.Integer, primary_key=True), "
        "sa.Column('row_id', sa.Integer, "
        "sa.ForeignKey('zz_old_row.id', ondelete='CASCADE')))"
    )
    rebuild = "how = 'always' if op.get_bind().dialect.name == 'sqlite' else 'never'\n"
    rebuild += "    with op.batch_alter_table('zz_old_row', recreate=how) as batch:\n"
    rebuild += "        batch.add_column(sa.Column('note', sa.String(9)))"
    write_history(home, (parent, "pass"))
    app = boot(empty.url, plugins=("zz_old",), plugin_paths=(str(plugin_folder),))
    with app.app_context():
        migrate.upgrade()
        db.session.execute(sa.text("INSERT INTO zz_old_row (id) VALUES (1)"))
        db.session.execute(sa.text("INSERT INTO zz_old_child (id, row_id) VALUES (1, 1)"))
        db.session.commit()
        write_history(home, (parent, "pass"), (rebuild, "pass"))
        assert migrate.upgrade() == ["zz_old"]
        assert db.session.scalar(sa.text("SELECT count(*) FROM zz_old_child")) == 1
        if is_sqlite():
            assert db.session.scalar(sa.text("PRAGMA foreign_keys")) == 1
        db.session.rollback()
        db.engine.dispose()


def test_a_revision_holds_the_differences_of_its_owner_alone(
    empty: Database, tmp_path: Path
) -> None:
    import shutil

    copies = tmp_path / "copies"
    shutil.copytree(TOYS, copies, ignore=shutil.ignore_patterns("__pycache__"))
    app = boot(empty.url)
    with app.app_context():
        migrate.upgrade("core")
        found = next(item for item in app.extensions["erp"].plugins if item.name == "toy_gadget")
        object.__setattr__(found, "folder", copies / "toy_gadget")
        try:
            (copies / "toy_gadget" / "migrations" / "0001_create_gadgets.py").unlink()
            script = migrate.revision("toy_gadget", "begin again")
        finally:
            object.__setattr__(found, "folder", TOYS / "toy_gadget")
        db.engine.dispose()
    text = script.read_text(encoding="utf-8")
    assert script.name == "0001_begin_again.py"
    assert "toy_gadget_gadget" in text
    assert "toy_gizmo" not in text
    assert "core_" not in text


@pytest.mark.parametrize(
    "statement", ["UPDATE toy_gadget_use SET times = 2", "DELETE FROM toy_gadget_use"]
)
def test_an_append_only_table_refuses_change_and_deletion(
    toy_app: Erp, toy_act: Act, statement: str
) -> None:
    def use() -> None:
        gadget = toy("toy_gadget.services").make_gadget("ball")
        db.session.add(toy("toy_gadget.models").Use(gadget_id=gadget.id, times=1))

    toy_act(use)
    with toy_app.app_context(), pytest.raises(DBAPIError, match="toy_gadget_use is append-only"):
        db.session.execute(sa.text(statement))


def test_two_who_create_the_database_at_once_both_succeed(empty: Database, tmp_path: Path) -> None:
    place = Place(tmp_path, empty.url)
    with ExitStack() as stack:
        both = [stack.enter_context(place.running("init")) for _ in range(2)]
        assert [process.wait(120) for process in both] == [0, 0], place.logs()
    assert place.erp("check").returncode == 0


def test_schema_work_waits_longer_than_a_request_may(toy_app: Erp) -> None:
    with toy_app.app_context(), migrate._connection() as connection:
        if connection.dialect.name == "postgresql":
            shown = [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in LIMITS]
            assert shown == ["0", "0"]
    with toy_app.app_context():
        if not is_sqlite():
            shown = [db.session.scalar(sa.text(f"SHOW {name}")) for name in LIMITS]
            assert shown == ["3s", "30s"]


def test_tables_belong_to_the_longest_name_that_fits(plugin_folder: Path) -> None:
    for name in ("zz_row", "zz_row_more"):
        write_plugin(plugin_folder, name)
    names = ("zz_row", "zz_row_more")
    app = boot("sqlite://", plugins=names, plugin_paths=(str(plugin_folder),))
    with app.app_context():
        assert migrate.owner_of_table("zz_row_more_line") == "zz_row_more"
        assert migrate.owner_of_table("zz_row_mored") == "zz_row"
        assert migrate.owner_of_table("zz_row_line") == "zz_row"
        assert migrate.owner_of_table("core_user") == "core"
        assert migrate.owner_of_table("somebody_else") == ""
