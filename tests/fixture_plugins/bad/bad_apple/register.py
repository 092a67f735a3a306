from flask import current_app
from plugins.bad_apple import services, views
from plugins.bad_apple.events import AppleFell, AppleRotted
from plugins.bad_apple.mail import AppleMail
from plugins.bad_apple.settings import AppleSettings

from erp_core.lifecycle import PluginToggled
from erp_core.registration import Registration
from erp_core.registry import Owned


def register(erp: Registration) -> None:
    """Register much, some of it in somebody else's name."""
    erp.settings(AppleSettings)
    erp.event(AppleFell, AppleRotted)
    erp.mail(AppleFell, AppleMail())
    erp.view(views.AppleView, name="Apples", menu="Work")
    erp.job("grow", services.grow)
    erp._registry.handlers[PluginToggled].append(Owned("core", services.start_again))
    erp._registry.jobs["core.apple"] = _borrowed()
    views.smuggle(current_app._get_current_object())  # type: ignore[attr-defined]


def _borrowed() -> object:
    from erp_core.registry import Job

    return Job("core.apple", "Apple", services.listen, None, "core")
