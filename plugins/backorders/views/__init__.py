"""Screens of back orders: the list with its dialogs, parts of other plugins' screens, impact."""
