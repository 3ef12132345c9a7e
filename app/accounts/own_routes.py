"""The user's own account: password, signed-in devices, language, signing out."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug import Response

from app.accounts import credentials, own_page, passwords, policy, service
from app.accounts import session as browser
from app.accounts.blueprint import blueprint
from app.accounts.forms import NewPasswordForm
from app.core import clock
from app.core.access import SIGNED_IN, current_actor, public, requires
from app.core.errors import DomainError
from app.core.i18n import LANGUAGES
from app.core.links import Page, endpoint_of


@blueprint.get("/account")
@requires(*SIGNED_IN)
def account() -> ResponseReturnValue:
    """Show the user's own account."""
    return _page(NewPasswordForm(), HTTPStatus.OK)


def _page(form: NewPasswordForm, status: HTTPStatus) -> ResponseReturnValue:
    here, now = browser.signed_in(), clock.now()
    page = own_page.load_account_page(here.actor.account_id or 0, now)
    return (
        render_template(
            "accounts/account.html",
            form=form,
            page=page,
            letting_in=endpoint_of(Page.LETTING_IN),
            here=here,
            staff=policy.is_staff(here.actor.roles),
            fresh=browser.is_fresh(),
            shortest=passwords.SHORTEST,
        ),
        status,
    )


@blueprint.post("/account/password")
@requires(*SIGNED_IN)
def change_password() -> ResponseReturnValue:
    """Set the user's own password."""
    form, here = NewPasswordForm(), browser.signed_in()
    if not form.validate():
        return _page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        credentials.change_password(
            here.actor,
            form.password.data or "",
            form.current.data or "",
            session_id=here.session_id,
            fresh=browser.is_fresh(),
            browser=browser.this_browser(),
            now=clock.now(),
        )
    except credentials.WrongPassword as error:
        form.current.errors = [error.message]
        return _page(form, error.status)
    except DomainError as error:
        form.password.errors = [error.message]
        return _page(form, error.status)
    flash(_("Your password is set. On other devices you are signed out."))
    return redirect(url_for(".account"), HTTPStatus.SEE_OTHER)


@blueprint.post("/account/devices/<int:session_id>/end")
@requires(*SIGNED_IN)
def end_device(session_id: int) -> ResponseReturnValue:
    """Sign out one of the user's own devices."""
    service.end_session(current_actor(), session_id, now=clock.now())
    flash(_("That device is signed out."))
    return redirect(url_for(".account"), HTTPStatus.SEE_OTHER)


@blueprint.post("/account/devices/end")
@requires(*SIGNED_IN)
def end_all_devices() -> ResponseReturnValue:
    """Sign out everywhere, including here."""
    service.end_all_sessions(current_actor(), now=clock.now())
    return _good_bye()


@blueprint.route("/session", methods=["GET", "POST"])
@requires(*SIGNED_IN)
def stay() -> ResponseReturnValue:
    """Return in how many seconds the session ends; a POST extends it."""
    return {"seconds": browser.seconds_left()}


@blueprint.post("/sign-out")
@requires(*SIGNED_IN)
def sign_out() -> ResponseReturnValue:
    """Sign out in this browser."""
    service.end_session(current_actor(), browser.signed_in().session_id, now=clock.now())
    return _good_bye()


def _good_bye() -> ResponseReturnValue:
    browser.forget()
    flash(_("You are signed out."))
    # Otherwise "back" may show the last page: some browsers keep whole pages despite no-store.
    headers = {"Clear-Site-Data": '"cache"'}
    return redirect(url_for(".sign_in"), HTTPStatus.SEE_OTHER), headers


@blueprint.post("/language")
@public
def language() -> ResponseReturnValue:
    """Set the language of the pages, and of the mails to who is signed in."""
    chosen = request.form.get("language", "")
    if chosen in LANGUAGES:
        browser.choose_language(chosen)
    back: Response = redirect(
        browser.safe_path(request.form.get("next")) or browser.HOME, HTTPStatus.SEE_OTHER
    )
    return back
