"""The web face: the Flask-Admin site, its base views and the core's own pages."""
