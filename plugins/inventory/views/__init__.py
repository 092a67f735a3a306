"""The screens of inventory."""
