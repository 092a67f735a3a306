"""The screens of e-mail: templates, assignments, outgoing mails, and links from companies."""
