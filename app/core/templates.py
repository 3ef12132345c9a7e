"""Templates with their texts built in: each is compiled once for every language and reader.

``_("Sign out")`` becomes part of the surrounding markup, and a sentence with gaps the same as if
the translator had written it there as a template: "Kies tijden voor {{ child.given_name }}". So
pages look up no texts, and gaps are escaped as everywhere else.
"""

import re
from collections.abc import MutableMapping
from itertools import product
from typing import Any, Self

from babel.support import NullTranslations
from flask import Flask, g
from flask.sansio.app import App
from flask.templating import Environment as FlaskEnvironment
from jinja2 import Template, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer

from app.core.i18n import LANGUAGES, speak_to_student, texts

_GAP = re.compile(r"%\((\w+)\)s")


class _BuildIn(NodeTransformer):
    """Replace ``_("...")`` by its text; what needs a number is still looked up by the page."""

    def __init__(self, its: NullTranslations) -> None:
        self._texts = its

    def visit_Call(self, node: nodes.Call) -> nodes.Expr:  # noqa: N802  (Jinja's names)
        """Return the parts of the sentence: the text, cut at its gaps, and what fills them."""
        self.generic_visit(node)
        match node:
            case nodes.Call(node=nodes.Name(name="_"), args=[nodes.Const(value=str(text))]):
                words = _GAP.split(self._texts.ugettext(text))
            case _:
                return node
        given = {keyword.key: keyword.value for keyword in node.kwargs}
        if "%" in "".join(words[::2]).replace("%%", "") or not given.keys() >= set(words[1::2]):
            return node  # another form than %(name)s, or a gap that nothing fills
        parts = [
            given[part] if place % 2 else nodes.TemplateData(part.replace("%%", "%"))
            for place, part in enumerate(words)
        ]
        return nodes.Concat(parts, lineno=node.lineno) if len(parts) > 1 else parts[0]

    def visit_Output(self, node: nodes.Output) -> nodes.Output:  # noqa: N802
        """Write each part by itself: the texts then join the markup around them."""
        self.generic_visit(node)
        node.nodes = [
            part
            for child in node.nodes
            for part in (child.nodes if isinstance(child, nodes.Concat) else [child])
        ]
        return node


class _Compiler(CodeGenerator):
    environment: "Environment"

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802
        if self.environment.texts is not None:
            _BuildIn(self.environment.texts).visit(node)
        super().visit_Template(node, frame)


class Environment(FlaskEnvironment):
    """Flask's templates, with one environment more for every language and reader."""

    code_generator_class = _Compiler
    texts: NullTranslations | None = None

    def __init__(self, app: App, **options: Any) -> None:
        """Prepare the templates of an application."""
        super().__init__(app, **options)
        self._with: dict[NullTranslations, Self] = {}

    def with_texts(self, its: NullTranslations) -> Self:
        """Return the environment whose templates have these texts built in."""
        if its not in self._with:
            environment = self.overlay()
            environment.texts = its
            self._with[its] = environment
        return self._with[its]

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002
    ) -> Template:
        """Return the template for this response; those that it includes are of the same reader."""
        if self.texts is None:
            return self.with_texts(texts()).get_template(name, parent, globals)
        return super().get_template(name, parent, globals)


# Where students find their own words; the office's pages are never theirs.
_FOR_STUDENTS = ("base.html", "accounts/", "components/", "errors/", "family/")


def prepare(app: Flask) -> None:
    """Compile all pages, so that no first visitor after a start waits for it."""
    for language, by_student in product(LANGUAGES, (False, True)):
        with app.app_context():
            g.language = language
            if by_student:
                speak_to_student()
            for name in app.jinja_env.list_templates(extensions=["html"]):
                if not by_student or name.startswith(_FOR_STUDENTS):
                    app.jinja_env.get_template(name)
