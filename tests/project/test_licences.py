"""What is installed to run the site has a licence that goes with AGPL-3.0-or-later."""

import re
from email.message import Message
from importlib.metadata import metadata

import pytest

pytestmark = [pytest.mark.check, pytest.mark.only_on("sqlite")]

# All may be part of a work under version 3 of the AGPL. Another one is a decision: read it first.
GO_WITH_OURS = {
    "3-Clause BSD License",
    "Apache 2.0",
    "Apache-2.0",
    "Apache-2.0 OR BSD-3-Clause",
    "BSD 3-Clause OR Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "LGPL-3.0-only",
    "MIT",
    "MIT License",
    "MIT-0",
    "MPL-2.0",
    "PSF-2.0",
}

# They say only "BSD License", which leaves open whether it is the one with four clauses, which does
# not go with ours. Their licence files have three.
THREE_CLAUSES = {"flask-sqlalchemy", "flask-wtf", "itsdangerous", "jinja2", "wtforms"}

# It says only "BSD"; its licence file has two clauses.
TWO_CLAUSES = {"pyasn1-modules"}


def licence(about):
    """What a package calls its licence; older ones have the whole text, or a classifier, for it."""
    written = about["License-Expression"] or about["License"] or ""
    if written and "\n" not in written:
        return written
    classifiers = about.get_all("Classifier", [])
    return " and ".join(c.split(" :: ")[-1] for c in classifiers if c.startswith("License :: "))


def test_the_licence_of_what_runs_the_site_goes_with_ours(root):
    locked = re.findall(r"^([\w.-]+).*==", (root / "requirements.txt").read_text(), re.MULTILINE)
    assert len(locked) > 20
    found = {name: licence(metadata(name)) for name in locked}
    assert {name for name, told in found.items() if told == "BSD License"} == THREE_CLAUSES
    assert {name for name, told in found.items() if told == "BSD"} == TWO_CLAUSES
    others = {name: told for name, told in found.items() if name not in THREE_CLAUSES | TWO_CLAUSES}
    assert {name: told for name, told in others.items() if told not in GO_WITH_OURS} == {}


@pytest.mark.parametrize(
    "headers",
    [
        [("License-Expression", "GPL-2.0-only")],
        [("License", "BSD-4-Clause")],
        [("Classifier", "License :: OSI Approved :: BSD License")],
        [("Classifier", "License :: Other/Proprietary License")],
        [("Classifier", "License :: OSI Approved :: MIT License"), ("Classifier", "License :: X")],
        [],
    ],
)
def test_another_licence_or_none_is_refused(headers):
    about = Message()
    for name, value in headers:
        about[name] = value
    assert licence(about) not in GO_WITH_OURS
