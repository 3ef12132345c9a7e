"""Pages with their texts built in read exactly as if each text were looked up when it is written."""

import re
from itertools import product, zip_longest
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from flask import g, render_template

from app.core.i18n import speak_to_student, texts

pytestmark = pytest.mark.only_on("sqlite")  # templates are not the database's

READERS = list(product(("nl", "en"), (False, True)))
GAP = re.compile(r"%\((\w+)\)([sd])")
FILL = {"s": '<b>"Ellen" & 50% %(of)s</b>', "d": 7}
USES = ("{{ _(%s) }}", '<p title="{{ _(%s) }}">', "{{ _(%s)|upper }}{{ _('Close') }}")


@pytest.fixture(params=READERS, ids=lambda one: f"{one[0]}-{'student' if one[1] else 'parent'}")
def reader(app, request):
    language, is_student = request.param
    with app.test_request_context(headers={"Accept-Language": language}):
        if is_student:
            speak_to_student()
        yield app.jinja_env


def _messages(app):
    path = Path(app.root_path) / "translations/nl/LC_MESSAGES/messages.po"
    with path.open("rb") as file:
        return [one.id for one in read_po(file, locale="nl") if isinstance(one.id, str) and one.id]


def _differ(reader, escape, messages):
    """Return what the texts read as where they are built in, and where the page looks them up."""
    calls = [
        "".join([repr(one), *(f", {gap}=fill.{of}" for gap, of in sorted(set(GAP.findall(one))))])
        for one in messages
    ]
    uses = "\n".join(use.replace("%s", call) for use in USES for call in calls)
    page = f"{{% autoescape {escape} %}}{uses}{{% endautoescape %}}"
    built_in = reader.with_texts(texts()).from_string(page).render(fill=FILL).split("\n")
    looked_up = reader.from_string(page).render(fill=FILL).split("\n")
    assert len(built_in) >= len(USES) * len(messages)
    return [pair for pair in zip_longest(built_in, looked_up) if pair[0] != pair[1]]


@pytest.mark.parametrize("escape", ["true", "false"])
def test_texts_read_as_if_they_were_looked_up(app, reader, escape):
    assert _differ(reader, escape, _messages(app)[::20]) == []


@pytest.mark.long
@pytest.mark.parametrize("escape", ["true", "false"])
def test_each_text_of_the_site_reads_as_if_it_were_looked_up(app, reader, escape):
    assert _differ(reader, escape, _messages(app)) == []


def test_a_text_is_part_of_the_markup_around_it(reader):
    source = reader.with_texts(texts()).compile("<b>{{ _('Sign out') }}</b>", raw=True)
    assert f"<b>{texts().ugettext('Sign out')}</b>" in source


def test_a_percent_sign_stands_once(reader):
    page = reader.with_texts(texts()).from_string("{{ _('100%% of %(name)s', name='<i>') }}")
    assert page.render() == "100% of &lt;i&gt;"


def test_what_fills_no_gap_is_the_fault_it_was(reader):
    page = reader.with_texts(texts()).from_string("{{ _('Account of %(name)s', nam='x') }}")
    with pytest.raises(KeyError):
        page.render()


def test_numbers_keep_their_forms(reader):
    template = '{{ ngettext("%(num)s talk", "%(num)s talks", number) }}'
    page = reader.with_texts(texts()).from_string(template)
    one, two = (page.render(number=number) for number in (1, 2))
    looked_up = tuple(reader.from_string(template).render(number=number) for number in (1, 2))
    assert (one, two) == looked_up
    assert one[2:] != two[2:]


def test_each_reader_has_templates_of_their_own_in_one_process(app):
    def page(language):
        with app.test_request_context(headers={"Accept-Language": language}):
            return render_template("errors/_part.html", status=404, message="", number="")

    english = page("en")
    with app.app_context():  # as a mail is made
        g.language = "nl"
        dutch = render_template("errors/_part.html", status=404, message="", number="")
    assert "Deze pagina is er niet" in dutch
    assert "This page is not here" in english
    assert page("en") == english
