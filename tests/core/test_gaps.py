"""Macros are rendered once, and filled with the values of each family."""

from html import unescape

import pytest
from jinja2 import Environment

from app.core.gaps import Filling, filled, gap, pattern, with_gaps
from app.settings.colours import stylesheet

pytestmark = pytest.mark.only_on("sqlite")  # no database is asked

CARD = """
{%- macro card(talk, state) -%}
  <p class="{{ state }}" id="{{ talk.id }}">100% {{ talk.child }}
  {%- if talk.room %} in {{ talk.room }}{% endif %}{{ " (online)" if talk.online }}</p>
{%- endmacro -%}
"""


@pytest.fixture
def card():
    """A macro, and how often it was rendered."""
    macro = Environment(autoescape=True).from_string(CARD).module.card
    calls = []

    def counted(*arguments):
        calls.append(arguments)
        return macro(*arguments)

    counted.calls = calls
    return counted


def test_a_macro_is_rendered_once_for_all_values(card):
    for number in range(3):
        text = filled(
            card, Filling(id=number, child=f"Noor {number}", room="B1", online=False), "x"
        )
        assert text == f'<p class="x" id="{number}">100% Noor {number} in B1</p>'
    assert len(card.calls) == 1


def test_what_is_empty_or_a_truth_decides_what_there_is(card):
    assert "in" not in filled(card, Filling(id=1, child="Noor", room="", online=False), "x")
    assert "(online)" in filled(card, Filling(id=1, child="Noor", room="", online=True), "x")
    assert filled(card, Filling(id=0, child="Noor", room="", online=True), "y").startswith(
        '<p class="y" id="0">'
    )


@pytest.mark.parametrize("name", ["<b>", "100%", "%(id)s", '"', str(gap("id"))[1:], "{{ id }}"])
def test_a_value_is_written_as_it_is(card, name):
    text = filled(card, Filling(id=7, child=name, room="", online=False), "x")
    plain = Environment(autoescape=True).from_string(CARD).module.card
    assert text == plain({"id": 7, "child": name, "room": "", "online": False}, "x")


def test_a_pattern_keeps_the_gaps_among_its_arguments(card):
    talk = (("id", gap("id")), ("child", "100%"), ("room", ""), ("online", ""))
    text = with_gaps(lambda *pairs: card(dict(pairs), "x"), *talk)
    assert text % {"id": "7"} == '<p class="x" id="7">100% 100%</p>'


def test_a_pattern_is_ascii_and_says_the_same():
    text = pattern("<p>19.00 – 21.00 · café</p>") % {}
    assert text.isascii()
    assert unescape(text) == "<p>19.00 – 21.00 · café</p>"
    # In a style references are not read, and the policy of the page names its hash.
    assert stylesheet("#0a6e5c").isascii()
