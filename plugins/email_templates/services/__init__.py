"""What e-mail does: templates, assignments, outbox, delivery. Nothing here commits; edges do."""
