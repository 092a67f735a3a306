"""Pegboard's core: plugins, settings, events, jobs, access and screens. It knows no business."""

__version__ = "0.1.0"
