"""Whatever a form refuses, it says in a sentence of this site."""

import importlib
import pkgutil

import pytest
from flask_wtf import FlaskForm
from wtforms import SelectField

import app as site

pytestmark = pytest.mark.only_on("sqlite")  # about the tree


def _below(form):
    for one in form.__subclasses__():
        yield one
        yield from _below(one)


def _fields():
    for module in pkgutil.walk_packages(site.__path__, "app."):
        if "form" in module.name:
            importlib.import_module(module.name)
    forms = {it for it in _below(FlaskForm) if it.__module__.startswith("app.")}
    return [
        pytest.param(getattr(form, name), id=f"{form.__qualname__}.{name}")
        for form in sorted(forms, key=lambda form: form.__qualname__)
        for name in dir(form)
        if hasattr(getattr(form, name), "field_class")
        and not form.__module__.startswith("app.family.")
    ]


@pytest.mark.parametrize("field", _fields())
def test_no_field_answers_in_words_of_the_library(field):
    settings = field.kwargs
    silent = [it for it in settings.get("validators", ()) if getattr(it, "message", "") is None]
    assert [type(it).__name__ for it in silent] == []
    if issubclass(field.field_class, SelectField):
        assert settings.get("invalid_value_message") or "coerce" not in settings
        assert settings.get("invalid_choice_message") or settings.get("validate_choice") is False
