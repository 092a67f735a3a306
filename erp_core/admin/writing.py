"""How screens write: services and the request edge commit, not the view."""

from __future__ import annotations

from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_admin.contrib.sqla import ModelView
from sqlalchemy.exc import IntegrityError

from erp_core.access import demand
from erp_core.admin.sentences import sentence_for
from erp_core.db import db
from erp_core.errors import ConflictError, ErpError


class Writing(ModelView):
    """Create, update and delete inside a savepoint; a refusal keeps the form as typed.

    Nothing is flushed before `on_model_change` has checked the rules.
    """

    def create_model(self, form: Any) -> Any:
        """Build and flush a row inside a savepoint; a refusal keeps the form."""
        return self._write(lambda: self._create(form))

    def _create(self, form: Any) -> Any:
        model = self.build_new_instance()
        with db.session.no_autoflush:
            form.populate_obj(model)
            db.session.add(model)
            self.on_model_change(form, model, True)
        db.session.flush()
        return model

    def update_model(self, form: Any, model: Any) -> Any:
        """Change a row inside a savepoint; refuses an edit based on an old version."""
        return self._write(lambda: self._update(form, model))

    def _update(self, form: Any, model: Any) -> Any:
        seen = request.form.get("version", "")
        if hasattr(model, "version") and seen and seen != str(model.version):
            raise ConflictError("Somebody else changed this meanwhile. Load it again to compare.")
        with db.session.no_autoflush:
            form.populate_obj(model)
            self.on_model_change(form, model, False)
        db.session.flush()
        return True

    def delete_model(self, model: Any) -> bool:
        """Delete a row inside a savepoint; one that is used elsewhere stays."""
        return bool(self._write(lambda: self._delete(model)))

    def _delete(self, model: Any) -> bool:
        self.on_model_delete(model)
        db.session.delete(model)
        db.session.flush()
        return True

    def _write(self, work: Any) -> Any:
        try:
            with db.session.begin_nested():
                return work()
        except IntegrityError as error:
            flash(sentence_for(error), "error")
        except ErpError as error:
            flash(str(error), "error")
        return False

    @expose("/ajax/update/", methods=("POST",))
    def ajax_update(self) -> ResponseReturnValue:
        """Edit in place only where the form may edit, too."""
        demand(self.permission_for("edit_view"))
        if not self.can_edit:
            raise ErpError("This list cannot be edited in place.")
        return super().ajax_update()
