"""The child process that renders templates: limits first, then one request a line.

It runs as a script of its own, without the program around it and without its environment. It gets
plain data and gives back text. A template may use names, loops, conditions and the filters below;
it can call nothing, and attributes of Python objects are out of its reach. What the language does
not stop (memory, time, output) the limits do: the parent kills whoever exceeds them.
"""

from __future__ import annotations

import datetime
import json
import re
import resource
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import jinja2.debug
from jinja2 import StrictUndefined, TemplateSyntaxError, Undefined, UndefinedError, nodes
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

MEMORY = 256 * 1024 * 1024
OUTPUT = 256 * 1024
SOURCE = 100 * 1024
KEPT_FILTERS = (
    *("abs", "capitalize", "default", "escape", "first", "int", "join", "last", "length"),
    *("lower", "replace", "round", "title", "trim", "truncate", "upper"),
)
KEPT_TESTS = ("defined", "even", "none", "number", "odd", "string", "undefined")
LOOP = ("first", "index", "index0", "last", "length", "revindex", "revindex0")
DIRECTIVES = re.compile(r"(?:[^%]|%[aAbBdmyYHM%])*")
ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr),
    *(nodes.Getitem, nodes.For, nodes.If, nodes.CondExpr, nodes.Filter, nodes.Test, nodes.Compare),
    *(nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div),
    *(nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos, nodes.Concat, nodes.List, nodes.Tuple),
    *(nodes.Dict, nodes.Pair, nodes.Slice, nodes.Assign, nodes.Keyword),
)
WORDS = {"Call": "a call with (…)", "Scope": "autoescape", "Pow": "**"}
ANY = object()
"""A value that only rendering knows."""


class ProblemError(Exception):
    """Why a template cannot be used, and in which line (0: unknown)."""

    def __init__(self, sentence: str, line: int = 0) -> None:
        super().__init__(sentence)
        self.line = line


class PlainData(ImmutableSandboxedEnvironment):
    """Looks into mappings, lists and loops, and nowhere else; multiplies numbers only."""

    intercepted_binops = frozenset({"*", "%", "+", "-", "/", "//"})

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return what a dotted name means."""
        return self._look(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return what an index means."""
        return self._look(obj, argument)

    def _look(self, obj: Any, key: Any) -> Any:
        if isinstance(obj, Undefined):
            return obj._fail_with_undefined_error()
        if isinstance(obj, dict) and isinstance(key, str) and key in obj:
            return obj[key]
        if isinstance(obj, list | str) and isinstance(key, int) and -len(obj) <= key < len(obj):
            return obj[key]
        if isinstance(obj, list | str) and isinstance(key, slice):
            return obj[key]
        if isinstance(obj, LoopContext) and key in LOOP:
            return getattr(obj, key)
        return self.undefined(obj=obj, name=str(key)[:40])

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Compute with numbers; only `+` and `~` join texts."""
        plain = isinstance(left, int | float) and isinstance(right, int | float)
        if not plain and not (operator == "+" and type(left) is type(right) is str):
            raise SecurityError(f"“{operator}” is for numbers only")
        return super().call_binop(context, operator, left, right)


def date(value: Any, form: str = "%d %b %Y") -> str:
    """Write an ISO day as people read it; an empty value stays empty."""
    if not DIRECTIVES.fullmatch(form) or len(form) > 40:
        raise ProblemError(
            f"“{form[:40]}” is no form of a date; use %d, %m, %b, %B, %y, %Y, %a, %A"
        )
    if not value:
        return ""
    try:
        return datetime.datetime.fromisoformat(str(value)).strftime(form)
    except ValueError:
        raise ProblemError(f"“{str(value)[:40]}” is not a date") from None


def environment(autoescape: bool) -> PlainData:
    """Return a language with the allowed filters and tests alone."""
    made = PlainData(undefined=StrictUndefined, autoescape=autoescape, cache_size=0)
    made.globals.clear()
    made.filters = {name: FILTERS[name] for name in KEPT_FILTERS} | {"date": date}
    made.tests = {name: made.tests[name] for name in KEPT_TESTS}
    made.trim_blocks = made.lstrip_blocks = True
    return made


PLAIN, MARKUP = environment(autoescape=False), environment(autoescape=True)
_compiled: dict[tuple[bool, str], Any] = {}


def compiled(source: str, *, markup: bool) -> Any:
    """Return a checked template, compiled once."""
    key = (markup, source)
    if key not in _compiled:
        if len(_compiled) > 200:
            _compiled.clear()
        language = MARKUP if markup else PLAIN
        tree = parse(source)
        for node in tree.find_all(nodes.Node):
            refuse(node, _line_of(node))
        _compiled[key] = language.from_string(tree)
    return _compiled[key]


def parse(source: str) -> nodes.Template:
    """Return the tree of a template; raises ProblemError for one that is too long."""
    if len(source) > SOURCE:
        raise ProblemError(f"has {len(source):,} characters; at most {SOURCE:,} are allowed")
    return PLAIN.parse(source)


def _line_of(node: nodes.Node) -> int:
    """Return the line of a node; a few kinds know only those of their contents."""
    inside = (child.lineno for child in node.find_all(nodes.Node))
    return node.lineno or next((line for line in inside if line), 0)


def refuse(node: nodes.Node, line: int) -> None:
    """Raise ProblemError for a part of the language that templates may not use."""
    kind = WORDS.get(type(node).__name__, type(node).__name__.lower())
    name = getattr(node, "attr", getattr(node, "name", ""))
    forbidden = "" if isinstance(node, ALLOWED) else kind
    if isinstance(node, nodes.For) and node.recursive:
        forbidden = "recursive"
    if isinstance(name, str) and name.startswith("_"):
        forbidden = name[:40]
    if forbidden:
        raise ProblemError(f"uses something not allowed: “{forbidden}”", line)
    filters, tests = (*KEPT_FILTERS, "date"), KEPT_TESTS
    known = filters if isinstance(node, nodes.Filter) else tests
    if isinstance(node, nodes.Filter | nodes.Test) and name not in known:
        words = f"uses the unknown {kind} “{name[:40]}”. Allowed: {', '.join(sorted(known))}"
        raise ProblemError(words, line)


def unknown(node: nodes.Node, scope: dict[str, Any]) -> Iterator[ProblemError]:
    """Find names that the documented variables do not have, also in branches not taken."""
    if isinstance(node, nodes.For):
        yield from _loop(node, scope)
        return
    if isinstance(node, nodes.Assign):
        yield from unknown(node.node, scope)
        scope |= dict.fromkeys(_targets(node.target), ANY)
        return
    if isinstance(node, nodes.Name) and node.ctx == "load" and node.name not in scope:
        yield _no_variable(node.name, scope, node.lineno)
    if isinstance(node, nodes.Getattr):
        inner = value_of(node.node, scope)
        if isinstance(inner, Mapping) and node.attr not in inner:
            yield _no_variable(node.attr, inner, node.lineno)
    for child in node.iter_child_nodes():
        yield from unknown(child, scope)


def _loop(node: nodes.For, scope: dict[str, Any]) -> Iterator[ProblemError]:
    yield from unknown(node.iter, scope)
    over = value_of(node.iter, scope)
    item = over[0] if isinstance(over, list) and over else ANY
    names = _targets(node.target)
    inner = {**scope, **dict.fromkeys(names, item if len(names) == 1 else ANY), "loop": ANY}
    for child in [*([node.test] if node.test else []), *node.body]:
        yield from unknown(child, inner)
    for child in node.else_:
        yield from unknown(child, scope)


def _targets(node: nodes.Node) -> list[str]:
    names = [node] if isinstance(node, nodes.Name) else list(node.find_all(nodes.Name))
    return [name.name for name in names]


def value_of(node: nodes.Node, scope: Mapping[str, Any]) -> Any:
    """Return the example behind a name such as `order.number`, or ANY."""
    if isinstance(node, nodes.Name):
        return scope.get(node.name, ANY)
    if isinstance(node, nodes.Getattr):
        inner = value_of(node.node, scope)
        return inner.get(node.attr, ANY) if isinstance(inner, Mapping) else ANY
    return ANY


def _no_variable(name: str, known: Mapping[str, Any], line: int) -> ProblemError:
    names = ", ".join(sorted(known)) or "none"
    return ProblemError(f"uses the unknown variable “{name[:40]}”. Known here: {names}", line)


def rendered(request: Mapping[str, Any]) -> dict[str, Any]:
    """Render (and first check) the parts of a template; the first problem ends it."""
    done = {}
    for part, source in request["parts"].items():
        try:
            done[part] = _part(part, source, request)
        except ProblemError as problem:
            return _refusal(part, problem.line or _line(problem), str(problem))
        except TemplateSyntaxError as error:
            return _refusal(part, error.lineno, f"cannot be read: {error.message}")
        except SecurityError as error:
            return _refusal(part, _line(error), f"uses something not allowed: {error}", worn=True)
        except UndefinedError as error:
            return _refusal(part, _line(error), f"uses a value that is not there: {error.message}")
        except (MemoryError, RecursionError):
            return _refusal(part, 0, "needs too much memory; 256 MB are allowed", worn=True)
        except Exception as error:
            words = f"cannot be filled in: {str(error)[:200]}"
            return _refusal(part, _line(error), words, worn=True)
    return {"parts": done}


def _part(part: str, source: str, request: Mapping[str, Any]) -> str:
    template = compiled(source, markup=part == "html")
    for problem in unknown(parse(source), dict(request["data"])) if request["check"] else ():
        raise problem
    text, size = [], 0
    for piece in template.generate(request["data"]):
        size += len(piece)
        if size > OUTPUT:
            raise ProblemError("makes more than 256 KB of text")
        text.append(piece)
    return "".join(text)


def _refusal(part: str, line: int, sentence: str, *, worn: bool = False) -> dict[str, Any]:
    """Return why a part was refused; `worn` asks for a fresh child for the next template."""
    return {"part": part, "line": line, "sentence": sentence[:600], "worn": worn}


def _line(error: BaseException) -> int:
    """Return the line of the template in which an error arose."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def restrict() -> None:
    """Give up memory, files and processes for good; what is needed is imported before.

    Codecs and the tracer of errors are loaded at their first use, so they are used once.
    """
    used = "{% for x in a.b|default('-')|truncate(9) %}{{ x|title }}{% endfor %}\n{{ a.c }}"
    rendered({"parts": {"html": used}, "data": {"a": {}}, "check": False})
    date("2026-11-22")
    limits = {"RLIMIT_AS": MEMORY, "RLIMIT_FSIZE": 0, "RLIMIT_CORE": 0}
    for name, most in {**limits, "RLIMIT_NPROC": 0, "RLIMIT_NOFILE": 3}.items():
        resource.setrlimit(getattr(resource, name), (most, most))


def main() -> None:
    """Answer one request a line until the parent closes the pipe."""
    restrict()
    answer: dict[str, Any] = {"ready": True, "filters": sorted((*KEPT_FILTERS, "date"))}
    while True:
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
        line = sys.stdin.readline()
        if not line:
            return
        answer = rendered(json.loads(line))


assert jinja2.debug  # an error's line is found by it, and it cannot be imported later
if __name__ == "__main__":
    main()
