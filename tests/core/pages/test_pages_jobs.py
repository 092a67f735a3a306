"""The jobs page: what is declared, runs started from the page, progress, cancel and errors."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from erp_core.app import Erp
from erp_core.db import db, now
from erp_core.jobs import claim, request_run, run_now
from erp_core.models import JobClock, JobRun
from erp_core.scheduler import Worker, acquire, release
from erp_core.testing.people import Person

Act = Callable[[Callable[[], Any]], Any]
HX = {"HX-Request": "true"}


def run_of(act: Act, run_id: int) -> JobRun:
    def read() -> JobRun:
        run = db.session.get(JobRun, run_id)
        assert run is not None
        db.session.expunge(run)
        return run

    return act(read)


def start(person: Person, job: str) -> int:
    answer = person.post("/core/jobs/start", {"job": job})
    assert answer.status_code == 302, answer.text
    return int(answer.location.rsplit("/", 1)[1])


def add_runs(count: int, **values: Any) -> None:
    row = {"job": "lamp.burn", "state": "done", "requested_by": "test"} | values
    db.session.execute(sa.insert(JobRun), [dict(row) for _ in range(count)])


def test_jobs_are_listed_with_rhythm_next_time_and_last_run(
    boss: Person, lamp_act: Act, lamp_app: Erp
) -> None:
    with lamp_app.app_context():
        run_now("lamp.burn", by="tester")
    due = JobClock(name="lamp.burn", next_due=now() + timedelta(minutes=4, seconds=30))
    lamp_act(lambda: db.session.add(due))
    page = boss.page("/core/jobs/")
    line = page[page.index("Burn the lamps") : page.index("Blow")]
    assert "Lamps" in line
    assert "Every 5 min · next in 4 minutes" in line
    assert "Done" in line
    assert "3 rows" in line
    assert "On request" in page
    assert "Started from its own screen" in page[page.index("Paint") :]


@pytest.mark.parametrize("working", [False, True])
def test_the_page_says_whether_a_worker_is_alive(
    boss: Person, lamp_app: Erp, working: bool
) -> None:
    if working:
        with lamp_app.app_context():
            acquire("tester")
    try:
        assert ("No worker is running" in boss.page("/core/jobs/")) is not working
        boss.post("/core/jobs/start", {"job": "lamp.burn"})
        assert ("is queued. No worker is running" in boss.page("/core/jobs/")) is not working
    finally:
        with lamp_app.app_context():
            release("tester")


def test_a_job_started_on_the_page_is_run_by_the_worker(
    boss: Person, lamp_act: Act, lamp_app: Erp
) -> None:
    run_id = start(boss, "lamp.burn")
    waiting = boss.page(f"/core/jobs/{run_id}")
    assert "Waiting" in waiting
    assert f'hx-get="/core/jobs/{run_id}/progress" hx-trigger="every 1s"' in waiting
    Worker(lamp_app).run_queued()
    run = run_of(lamp_act, run_id)
    assert (run.state, run.done, run.total, run.requested_by) == ("done", 3, 3, boss.email)
    done = boss.page(f"/core/jobs/{run_id}")
    assert "every 1s" not in done
    assert re.search(r'Lamps lit</dt><dd>\s*<a href="/lamp/page\?lit=1">1,200</a>', done)
    assert "Note</dt><dd>fine" in done


def test_a_second_click_shows_the_run_that_waits_already(boss: Person, lamp_act: Act) -> None:
    first = start(boss, "lamp.burn")
    assert start(boss, "lamp.burn") == first
    runs = sa.select(sa.func.count()).select_from(JobRun)
    assert lamp_act(lambda: db.session.scalar(runs)) == 1


def test_progress_can_be_left_and_found_again(boss: Person, lamp_act: Act) -> None:
    run_id = lamp_act(lambda: request_run("lamp.burn", by="x").id)
    lamp_act(lambda: claim(run_id))
    change = sa.update(JobRun).values(done=40, total=160, message="Lamp <40>")
    lamp_act(lambda: db.session.execute(change))
    fragment = boss.get(f"/core/jobs/{run_id}/progress", headers=HX).text
    assert "<html" not in fragment
    assert re.search(r'<progress[^>]* value="40" max="160"', fragment)
    assert "<b>40</b> of 160 done" in fragment
    assert "Lamp &lt;40&gt;" in fragment
    assert 'hx-trigger="every 1s"' in fragment
    assert "<b>40</b> of 160 done" in boss.page(f"/core/jobs/{run_id}")


def test_a_waiting_run_is_cancelled_at_once_and_never_run(
    boss: Person, lamp_act: Act, lamp_app: Erp
) -> None:
    run_id = start(boss, "lamp.burn")
    boss.post(f"/core/jobs/{run_id}/cancel")
    Worker(lamp_app).run_queued()
    assert run_of(lamp_act, run_id).state == "cancelled"
    assert "Cancelled" in boss.page(f"/core/jobs/{run_id}")


def test_a_running_run_is_asked_to_stop(boss: Person, lamp_act: Act) -> None:
    run_id = lamp_act(lambda: request_run("lamp.burn", by="x").id)
    lamp_act(lambda: claim(run_id))
    boss.post(f"/core/jobs/{run_id}/cancel")
    assert run_of(lamp_act, run_id).cancel_requested
    page = boss.page(f"/core/jobs/{run_id}")
    assert "stopping at the next safe point" in page
    assert "Cancel run" not in page


def test_cancelling_what_has_ended_changes_nothing(
    boss: Person, lamp_act: Act, lamp_app: Erp
) -> None:
    with lamp_app.app_context():
        run_id = run_now("lamp.burn", by="x").id
    boss.post(f"/core/jobs/{run_id}/cancel")
    assert "had ended already" in boss.page(f"/core/jobs/{run_id}")
    assert not run_of(lamp_act, run_id).cancel_requested


def test_a_failed_run_shows_its_sentence(boss: Person, lamp_app: Erp, lamp_act: Act) -> None:
    run_id = start(boss, "lamp.blow")
    Worker(lamp_app).run_queued()
    for page in (boss.page("/core/jobs/"), boss.page(f"/core/jobs/{run_id}")):
        assert "The fuse is blown; put in a new one." in page
        assert "Failed" in page


def test_an_error_of_the_database_shows_no_sql(boss: Person, lamp_act: Act) -> None:
    error = "IntegrityError: (x) UNIQUE failed\n[SQL: INSERT INTO lamp VALUES (1)]\nmore"
    lamp_act(lambda: add_runs(1, state="failed", error=error))
    for page in (boss.page("/core/jobs/"), boss.page("/core/jobs/1")):
        assert "UNIQUE failed" in page
        assert "INSERT" not in page


def test_runs_are_paged_and_chosen_by_state_and_job(boss: Person, lamp_act: Act) -> None:
    lamp_act(lambda: add_runs(60))
    lamp_act(lambda: add_runs(1, state="failed", error="Burst.", job="lamp.blow"))

    def shown(url: str) -> int:
        page = boss.page(url)
        return len(re.findall(r'<a href="/core/jobs/\d+">', page[page.index('id="runs-title"') :]))

    assert shown("/core/jobs/") == 50
    assert "Older" in boss.page("/core/jobs/")
    assert shown("/core/jobs/?page=1") == 11
    assert "Older" not in boss.page("/core/jobs/?page=1")
    assert shown("/core/jobs/?state=failed") == 1
    assert shown("/core/jobs/?job=lamp.blow") == 1
    assert shown("/core/jobs/?state=running") == 0
    assert "No run matches." in boss.page("/core/jobs/?state=running")


@pytest.mark.parametrize("number", ["-1", "x", "1e9", "9" * 40, "²", "0"])
def test_nonsense_in_the_address_shows_the_first_page(
    boss: Person, lamp_act: Act, number: str
) -> None:
    lamp_act(lambda: add_runs(1))
    assert "/core/jobs/1" in boss.page(f"/core/jobs/?page={number}&state=%00&job='--")


def test_the_page_costs_as_many_statements_with_many_runs_as_with_few(
    boss: Person, lamp_act: Act, lamp_app: Erp
) -> None:
    def statements() -> int:
        seen: list[str] = []

        def note(_c: Any, _cur: Any, statement: str, *_more: Any) -> None:
            seen.append(statement)

        with lamp_app.app_context():
            engine = db.engine
        sa.event.listen(engine, "before_cursor_execute", note)
        boss.page("/core/jobs/")
        sa.event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    few = statements()
    lamp_act(lambda: add_runs(60))
    assert statements() == few


def test_unknown_runs_and_jobs_get_a_sentence(boss: Person) -> None:
    answer = boss.get("/core/jobs/99")
    assert answer.status_code == 404
    assert "There is no run 99." in answer.text
    assert boss.get(f"/core/jobs/{'9' * 30}").status_code == 404
    refused = boss.post("/core/jobs/start", {"job": "lamp.explode"})
    assert refused.status_code == 422
    assert "There is no job" in refused.text


def test_a_job_of_a_plugin_that_is_off_cannot_be_started(boss: Person) -> None:
    boss.post("/core/plugins/disable", {"plugin": "lamp"})
    assert boss.post("/core/jobs/start", {"job": "lamp.burn"}).status_code == 422
    assert "No plugin that is switched on declares a job." in boss.page("/core/jobs/")


def test_a_viewer_sees_jobs_but_may_not_start_or_cancel(
    viewer: Person, boss: Person, lamp_act: Act
) -> None:
    run_id = start(boss, "lamp.burn")
    assert "Run now" not in viewer.page("/core/jobs/")
    assert "Cancel run" not in viewer.page(f"/core/jobs/{run_id}")
    assert viewer.get(f"/core/jobs/{run_id}/progress").status_code == 200
    for url, data in (
        ("/core/jobs/start", {"job": "lamp.burn"}),
        (f"/core/jobs/{run_id}/cancel", {}),
    ):
        refused = viewer.post(url, data)
        assert refused.status_code == 403
        assert "Start and cancel jobs" in refused.text
    assert run_of(lamp_act, run_id).state == "queued"
