"""The whole walk without JavaScript: every form is a form and every link is a link."""

import pytest

from tests.e2e import imported
from tests.e2e.stage import PHONE
from tests.e2e.view import follow

pytestmark = [pytest.mark.e2e, pytest.mark.only_on("postgresql")]


@pytest.fixture
def plain(visit):
    def plain_(name, path, **options):
        return visit(name, path, java_script_enabled=False, **{**PHONE, **options})

    return plain_


def tick(page, stage, student, teacher, slot):
    page.locator(f"[id='l{stage.cell(student, teacher, slot)}']").check()


def test_a_family_books_loses_moves_remarks_and_cancels(stage, plain):
    page = plain("Alice", "/talks")
    follow(page.locator(f"a[href='{stage.table('Noor')}']"))
    tick(page, stage, "Noor", "Vera", 0)
    tick(page, stage, "Noor", "Bart", 2)
    stage.book("Carol", "Kim", ("Vera", 0))
    follow(page.locator("#book"))
    message = page.locator("#messages")
    for word in ("18.30", "De Vries", "18.50", "Bakker", "Noor"):
        assert word in message.inner_text()
    assert stage.talks() == {("Kim", "Vera", 0), ("Noor", "Bart", 2)}

    message.locator(".times label").first.click()
    follow(page.locator("#book"))
    assert "18.40" in message.inner_text()
    assert ("Noor", "Vera", 1) in stage.talks()

    page.reload()  # does not book again
    follow(page.locator(".children a", has_text="Sem"))
    assert page.url.endswith(stage.table("Sem"))
    tick(page, stage, "Sem", "Kader", 5)
    follow(page.locator("#book"))
    assert stage.talks() >= {("Noor", "Vera", 1), ("Noor", "Bart", 2), ("Sem", "Kader", 5)}

    follow(page.locator(".teacher[data-state=mine] .actions a"))
    follow(page.locator(f"#as-list button[value='{stage.cell('Sem', 'Kader', 7)}']"))
    assert "19.50" in message.inner_text()
    assert ("Sem", "Kader", 7) in stage.talks()

    page.locator(".teacher[data-state=mine] .actions button").click()
    follow(page.locator(".sheet:popover-open button[type=submit]"))
    assert page.locator("#messages [data-state=cancelled]").is_visible()
    assert not any(student == "Sem" for student, *_ in stage.talks())

    page.goto("/talks")
    talk = page.locator(".talk", has_text="Bakker")
    follow(talk.locator("a[href$='/remark']"))
    page.locator("textarea").fill("Hij leest thuis niet meer.")
    follow(page.locator("main button"))
    assert "Hij leest thuis niet meer." in talk.inner_text()
    with page.expect_download() as download:
        talk.locator("a[href$='.ics']").click()
    assert download.value.suggested_filename.endswith(".ics")
    follow(talk.locator("a[href$='/cancel']"))
    follow(page.locator("main button"))
    assert stage.talks() == {("Kim", "Vera", 0), ("Noor", "Vera", 1)}
    page.goto("/talks/log")
    assert page.locator(".log > li").count() == 7


def test_after_the_back_button_no_other_time_is_ticked_in_the_place_of_the_booked_one(stage, plain):
    page = plain("Alice", stage.table("Noor"))
    tick(page, stage, "Noor", "Vera", 0)
    follow(page.locator("#book"))
    page.go_back()
    assert page.locator("[name=cells]:checked").count() == 0
    follow(page.locator("#book"))
    assert page.locator("#messages [role=alert]").is_visible()
    assert stage.talks() == {("Noor", "Vera", 0)}


def test_list_and_table_are_chosen_by_links_and_remembered(stage, plain):
    page = plain("Alice", stage.table("Noor"))
    assert page.locator("#as-list").is_visible()
    assert not page.locator("#as-table").is_visible()
    follow(page.locator("#view-table"))
    assert page.locator("table.times-table").is_visible()
    page.goto(stage.table("Sem"))
    assert page.locator("table.times-table").is_visible()
    page.locator(f"[id='t{stage.cell('Sem', 'Vera', 0)}']").check()
    follow(page.locator("#book"))
    assert stage.talks() == {("Sem", "Vera", 0)}


def test_nothing_is_offered_that_needs_a_script(stage, plain):
    stage.book("Alice", "Noor", ("Vera", 0))
    page = plain("Alice", stage.table("Noor"))
    page.locator(".person").click()
    assert page.locator("#person a").is_visible()
    assert page.locator("#person button").is_visible()
    page.goto("/talks")
    assert not page.locator("[data-print]").is_visible()


def test_the_office_says_who_is_one_person_and_takes_it_back(stage, plain):
    alice, carol = (stage.school.actors[who].guardian_id for who in ("Alice", "Carol"))
    stage.same_mail("Carol", "Alice")
    page = plain("Anna", f"/office/students/{stage.school.students['Noor']}")
    follow(page.locator(f"a[href='/office/guardians/{alice}/merge']"))
    page.locator(f"[name=guardian][value='{carol}']").check()
    page.locator("#reason").fill("haar paspoort")
    follow(page.locator("main form button"))
    assert page.url.endswith(f"/office/guardians/{alice}")
    assert "Kim" in page.locator("main").inner_text()

    page.goto(f"/office/guardians/{alice}/merge")
    follow(page.locator(f"a[href='/office/guardians/{carol}/split']"))
    page.locator("#reason").fill("toch twee zussen")
    follow(page.locator("main form button"))
    assert page.url.endswith(f"/office/students/{stage.school.students['Kim']}")
    assert "toch twee zussen" in page.locator("main").inner_text()


def test_the_office_ticks_off_what_it_checked_and_puts_it_back(stage, plain):
    imported.everything(stage)
    page = plain("Anna", "/office/review")
    told = page.locator("#told:focus")
    follow(page.locator("#new-number [name=subject]"))  # names a number, not only ids
    assert told.inner_text() == "Afgevinkt."
    assert not page.locator("#new-number").count()
    page.locator("#no-address details > summary").click()
    follow(page.locator("#no-address [name=every]"))
    assert told.inner_text() == "14 afgevinkt."
    page.locator(".settled > summary", has_text="ander nummer").click()
    follow(page.locator("[name=back]").locator("visible=true"))
    assert told.inner_text() == "Dit staat weer op de lijst."
    assert page.locator("#new-number [name=subject]").is_visible()

    follow(page.locator("#import-refused .whom a"))
    follow(page.locator("#stops button").first)
    assert page.locator(".agreed:focus").is_visible()
