"""What is chosen or typed and not sent yet: it stays in the tab, for the same person only."""

from datetime import timedelta
from urllib.parse import unquote

import pytest
from sqlalchemy import delete, update

from app.accounts.models import SignInSession
from app.core import clock
from app.extensions import db
from tests.e2e import view
from tests.e2e.stage import DESKTOP, PHONE
from tests.e2e.view import follow
from tests.signing_in import cookie_of

pytestmark = [pytest.mark.e2e, pytest.mark.only_on("sqlite")]

STORED = "Object.entries(sessionStorage).join()"


@pytest.fixture
def end(stage):
    """Let all sessions end, by being left for a day."""

    def end_():
        with stage.site.app.app_context():
            yesterday = clock.now() - timedelta(days=1)
            db.session.execute(update(SignInSession).values(seen_at=yesterday))
            db.session.commit()
            db.session.remove()

    yield end_
    with stage.site.app.app_context():
        db.session.execute(delete(SignInSession))
        db.session.commit()
        db.session.remove()


@pytest.fixture
def sign_in(stage):
    """Sign in as somebody in a tab, and open a page."""

    def sign_in_(page, name, path):
        with stage.site.app.app_context():
            key, value = cookie_of(stage.site.app, stage.school.people[name]).split("=", 1)
        page.context.add_cookies([{"name": key, "value": value, "url": stage.site.base_url}])
        page.goto(path)

    return sign_in_


@pytest.fixture
def chosen(stage, visit):
    """A tab in which Alice has chosen two times for Noor and one for Sem."""
    page = visit("Alice", stage.table("Noor"), **PHONE)
    box(stage, page, "Noor", "Vera", 0).tap()
    box(stage, page, "Noor", "Bart", 2).tap()
    page.locator(".children a", has_text="Sem").tap()
    page.locator("#table[data-name=Sem]").wait_for()
    box(stage, page, "Sem", "Kader", 4).tap()
    page.goto("/talks")
    return page


def box(stage, page, student, teacher, slot):
    return page.locator(f"[id='l{stage.cell(student, teacher, slot)}']")


def waiting(page, child):
    return page.locator(".notice[data-child]", has_text=child)


def test_chosen_times_wait_while_one_is_elsewhere_and_the_overview_leads_to_them(stage, chosen):
    page = chosen
    assert waiting(page, "Noor").inner_text().startswith("Noor: 2 ")
    assert waiting(page, "Sem").inner_text().startswith("Sem: 1 ")

    follow(waiting(page, "Noor").locator("a"))
    page.reload()
    follow(page.locator("[name=language][value=en]"))
    assert "Reserve" in page.locator("#book").inner_text()
    assert box(stage, page, "Noor", "Vera", 0).is_checked()
    assert box(stage, page, "Noor", "Bart", 2).is_checked()
    page.locator("#book").tap()
    page.locator(".outcome").wait_for()
    page.goto("/talks")
    assert not waiting(page, "Noor").is_visible()
    page.go_back()
    page.locator(".children a", has_text="Sem").tap()
    page.locator("#table[data-name=Sem]").wait_for()
    assert box(stage, page, "Sem", "Kader", 4).is_checked()


def test_chosen_times_outlive_the_session_and_what_was_taken_is_named(stage, chosen, end, sign_in):
    end()
    page = chosen
    page.goto(stage.table("Noor"))
    assert "/sign-in" in page.url
    stage.book("Carol", "Kim", ("Vera", 0))
    stage.wait_for_pictures()

    sign_in(page, "Alice", stage.table("Noor"))

    assert box(stage, page, "Noor", "Bart", 2).is_checked()
    assert "18.30" in page.locator("#said").inner_text()
    assert "De Vries" in view.announcement(page)
    assert "18.30" not in page.locator("#chosen").inner_text()
    page.goto("/talks")
    assert waiting(page, "Noor").inner_text().startswith("Noor: 1 ")


def test_nobody_else_finds_the_times_nor_oneself_after_signing_out(stage, chosen, end, sign_in):
    page = chosen
    assert "Vries" in page.evaluate(STORED)
    end()
    sign_in(page, "Bob", "/talks")
    assert page.evaluate(STORED).count("kept ") <= 1  # his own list, which is empty
    assert "Vries" not in page.evaluate(STORED)

    sign_in(page, "Alice", stage.table("Noor"))
    box(stage, page, "Noor", "Vera", 0).tap()
    page.locator("form[action='/sign-out']").evaluate("it => it.requestSubmit()")
    page.wait_for_url("**/sign-in")
    assert page.evaluate(STORED) == ""
    sign_in(page, "Alice", stage.table("Noor"))
    assert not box(stage, page, "Noor", "Vera", 0).is_checked()


def test_a_remark_sent_too_late_comes_back_to_who_wrote_it(stage, visit, end, sign_in):
    (talk,) = stage.book("Alice", "Noor", ("Vera", 0))
    path = f"/talks/{talk}/remark"
    page = visit("Alice", path, **PHONE)
    page.locator("#remark").fill("Wij komen\nwat later.")
    end()
    follow(page.locator("main button[type=submit]"))
    assert page.url.endswith(f"/sign-in?next={path}")

    sign_in(page, "Alice", "/talks")
    follow(page.locator("#typed-elsewhere a"))
    assert page.locator("#remark").input_value() == "Wij komen\nwat later."
    assert page.locator("#typed-back").is_visible()
    follow(page.locator("main button[type=submit]"))
    assert "wat later" in page.locator(".talk .remark").inner_text()

    page.goto(path)
    page.locator("#remark").fill("left on purpose")
    page.goto("/talks")
    page.goto(path)
    assert "later" in page.locator("#remark").input_value()
    assert not page.locator("#typed-back").is_visible()

    page.locator("#remark").fill("of nobody else")
    end()
    page.reload()
    sign_in(page, "Carol", "/talks")
    assert "nobody else" not in page.evaluate(STORED)
    sign_in(page, "Alice", path)
    assert "later" in page.locator("#remark").input_value()


def test_a_form_refused_because_one_signed_in_anew_elsewhere_comes_back(stage, visit, sign_in):
    (talk,) = stage.book("Alice", "Noor", ("Vera", 0))
    page = visit("Alice", f"/talks/{talk}/remark", **PHONE)
    page.locator("#remark").fill("Wij komen wat later.")
    other = page.context.new_page()
    sign_in(other, "Alice", "/talks")

    with page.expect_response(lambda answer: answer.status == 400):
        follow(page.locator("main button[type=submit]"))
    page.goto(f"/talks/{talk}/remark")

    assert page.locator("#remark").input_value() == "Wij komen wat later."


def test_the_form_of_a_round_comes_back_with_all_its_evenings(visit, end, sign_in):
    page = visit("Anna", "/office/rounds/new", **DESKTOP)
    page.locator("#name").fill("Oudercontact 3")
    page.locator("[name=classes]").first.check()
    page.locator("#add-evening").click()
    page.locator("#evenings-1-day").fill("2040-03-08")
    page.locator("#add-evenings-1-breaks").click()
    page.locator("#evenings-1-breaks-0-start").fill("20:00")
    page.locator("#evenings-1-breaks-0-end").fill("20:10")
    page.locator("#evenings-1-breaks-0-end").blur()
    page.locator("#evenings-1-times [data-state=break]").wait_for(state="attached")
    view.settled(page)
    end()
    page.locator("#evenings-1-end").fill("21:45")  # which redraws the evening
    page.wait_for_url("**/sign-in?next=/office/rounds/new")

    sign_in(page, "Anna", "/office/rounds/new")

    page.locator("#typed-back").wait_for()
    values = {it: page.locator(f"#{it}").input_value() for it in ("name", "evenings-1-day")}
    assert values == {"name": "Oudercontact 3", "evenings-1-day": "2040-03-08"}
    assert page.locator("#evenings-1-breaks-0-start").input_value() == "20:00"
    assert page.locator("#evenings-1-end").input_value() == "21:45"
    assert page.locator("[name=classes]").first.is_checked()

    end()
    follow(page.locator("[value=save]"))  # and once more, with nothing typed in between
    sign_in(page, "Anna", "/office/rounds/new")
    page.locator("#typed-back").wait_for()
    assert page.locator("#evenings-1-end").input_value() == "21:45"


def test_cells_picked_in_the_evening_are_picked_again(stage, visit, end, sign_in):
    path = f"/office/rounds/{stage.school.round_id}/evening"
    page = visit("Anna", path, **DESKTOP)
    value = f"{stage.school.teachers['Bart']}-{stage.school.slots[0]}"
    page.locator(f"[data-cell='{value}']").focus()
    page.keyboard.press("Space")
    end()
    follow(page.locator("#picked [value=block]"))
    back = unquote(page.url.partition("?next=")[2])
    assert back.startswith(path)

    sign_in(page, "Anna", back)

    assert page.locator("[aria-selected=true]").count() == 1
    follow(page.locator("#picked [value=block]"))
    assert page.locator("[data-cell][data-state=blocked]").count() == 1


def test_passwords_are_not_kept(visit, end):
    page = visit("Alice", "/account", **PHONE)
    page.locator("#password").fill("regenboog fietst naar zee")
    end()
    page.reload()
    assert "regenboog" not in page.evaluate(STORED)
