"""E-mail: templates, their assignment to events, the outbox and delivery."""

from erp_core.plugin import Permission, Plugin

plugin = Plugin(
    name="email_templates",
    title="E-mail",
    version="0.1.0",
    description="Templates, their assignment to events, and a delivery that loses and repeats "
    "nothing.",
    permissions=(
        Permission("email_templates.view", "See e-mail templates", ("viewer", "manager")),
        Permission("email_templates.template.edit", "Change e-mail templates", ("manager",)),
        Permission("email_templates.assignment.edit", "Assign e-mail templates", ("manager",)),
        Permission("email_templates.outbox.view", "See outgoing e-mails", ("clerk", "manager")),
        Permission("email_templates.outbox.edit", "Resend or suppress e-mails", ("manager",)),
    ),
)
