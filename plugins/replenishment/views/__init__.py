"""The screens of replenishment."""
