from plugins.bad_apple.domain import rules  # the manifest must import nothing

from erp_core.plugin import Plugin

plugin = Plugin(name="bad_apple", title="Bad apple", version=str(len(rules.__name__)))
