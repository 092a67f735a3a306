"""Templates: saving makes a version; one with a problem never becomes the one that is sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa

from erp_core.audit import actor, record
from erp_core.db import db, now
from erp_core.errors import ConflictError, ErpError, NotFoundError
from erp_core.models import Company
from plugins.email_templates.addresses import one_line
from plugins.email_templates.models import Assignment, Template, Version
from plugins.email_templates.services.catalogue import event_of, example_of
from plugins.email_templates.services.renderer import Draft, TemplateError, check

MOST_NAME = 120
MOST_SUBJECT = 500
MOST_SOURCE = 100 * 1024


def get(template_id: int) -> Template:
    """Return a template; raises NotFoundError."""
    found = db.session.get(Template, template_id)
    if found is None:
        raise NotFoundError("This e-mail template does not exist (any more).")
    return found


def create(name: str, event_key: str, company_id: int | None = None) -> Template:
    """Make an empty template for an event, for all companies or for one."""
    cls = event_of(event_key)
    if company_id is not None and db.session.get(Company, company_id) is None:
        raise ErpError("Choose a company; the one chosen does not exist (any more).")
    template = Template(name=_name(name), event_key=cls.key, company_id=company_id)
    db.session.add(template)
    db.session.flush()
    return template


def rename(template: Template, name: str) -> None:
    """Give a template another name."""
    template.name = _name(name)
    db.session.flush()


def _name(name: str) -> str:
    found = one_line(name)
    if not 0 < len(found) <= MOST_NAME:
        raise ErpError(f"Give the template a name of 1 to {MOST_NAME} characters.")
    return found


def save(template: Template, draft: Draft, *, seen: int | None = None, note: str = "") -> Version:
    """Keep a new version, and send it from now on unless it cannot be used.

    Nothing typed is lost: a version that cannot be used is kept with its `problem`, and the next
    save takes its place. `seen` is the number of the newest version the person saw. Raises
    ConflictError when somebody saved meanwhile, ErpError for texts that are too long.
    """
    _check_sizes(draft)
    newest = _newest(template.id)
    if seen is not None and seen != (newest.number if newest else 0):
        raise ConflictError(f"Somebody else saved “{template.name}” meanwhile; compare the texts.")
    problem = problem_of(template, draft)
    version = _version(template, newest, draft)
    version.problem, version.note = problem[:800], note[:200]
    version.saved_by, version.saved_at = actor(), now()
    db.session.flush()
    if problem:
        _record(template, "refuse", version, problem)
    else:
        template.current_number = version.number
        _record(template, "change", version, note)
    db.session.flush()
    db.session.expire(template, ["current"])
    return version


def problem_of(template: Template, draft: Draft) -> str:
    """Say why a draft cannot be used; empty when it can."""
    try:
        check(draft, example_of(event_of(template.event_key)))
    except (TemplateError, NotFoundError) as error:
        return str(error)
    return ""


def _check_sizes(draft: Draft) -> None:
    if len(draft.subject) > MOST_SUBJECT:
        raise ErpError(f"The subject is too long: at most {MOST_SUBJECT} characters.")
    if max(len(draft.text), len(draft.html)) > MOST_SOURCE:
        raise ErpError(f"The text or HTML is too long: at most {MOST_SOURCE:,} characters.")


def _version(template: Template, newest: Version | None, draft: Draft) -> Version:
    """Return the row to write: a broken draft is replaced, anything else gets a successor."""
    if newest is not None and newest.problem:
        newest.subject, newest.text, newest.html = draft.subject, draft.text, draft.html
        return newest
    number = newest.number + 1 if newest else 1
    parts = {"subject": draft.subject, "text": draft.text, "html": draft.html}
    version = Version(template_id=template.id, number=number, saved_by=actor(), **parts)
    db.session.add(version)
    return version


def _record(template: Template, action: str, version: Version, words: str) -> None:
    after = {"version": version.number, "subject": version.subject, "said": words}
    record(db.session(), action, "email_templates_version", version.id, after=after)


def restore(template: Template, number: int) -> Version:
    """Send an earlier version again, as a new one; it is checked like any other."""
    wanted = sa.select(Version).filter_by(template_id=template.id, number=number)
    found = db.session.scalar(wanted)
    if found is None:
        raise NotFoundError(f"“{template.name}” has no version {number}.")
    draft = Draft(found.subject, found.text, found.html)
    return save(template, draft, note=f"Version {number} again")


def archive(template: Template) -> None:
    """Put a template away; raises ConflictError while it is assigned."""
    uses = db.session.scalar(
        sa.select(sa.func.count()).where(Assignment.template_id == template.id)
    )
    if uses:
        times = "once" if uses == 1 else f"{uses} times"
        raise ConflictError(f"“{template.name}” is assigned {times}; assign another one first.")
    template.archived = True
    db.session.flush()


def versions(template_id: int) -> Sequence[Version]:
    """Return the versions of a template, the newest first."""
    query = sa.select(Version).filter_by(template_id=template_id)
    return db.session.scalars(query.order_by(Version.number.desc())).all()


def _newest(template_id: int) -> Version | None:
    query = sa.select(Version).filter_by(template_id=template_id)
    return db.session.scalar(query.order_by(Version.number.desc()).limit(1))


def usable(event_key: str, company_id: int | None) -> list[Template]:
    """Return the templates that can be assigned to an event, by name: own ones and general ones."""
    return all_usable(company_id).get(event_key, [])


def all_usable(company_id: int | None) -> dict[str, list[Template]]:
    """Return the templates that a company (None: all companies) can assign, by event."""
    mine: sa.ColumnElement[bool] = Template.company_id.is_(None)
    if company_id is not None:
        mine = sa.or_(mine, Template.company_id == company_id)
    query = sa.select(Template).where(mine, Template.archived.is_(False))
    query = query.where(Template.current_number.is_not(None)).order_by(Template.name, Template.id)
    found: dict[str, list[Template]] = defaultdict(list)
    for template in db.session.scalars(query):
        found[template.event_key].append(template)
    return found
