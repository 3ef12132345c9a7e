"""Sign in by mail, code or password, and choose a password."""

import re
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import TypeVar

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import InternalError, OperationalError
from werkzeug import Response
from wtforms import StringField

from app.accounts import attempts, codes, credentials, links, own_routes, passwords, queries, tries
from app.accounts import session as browser
from app.accounts.blueprint import blueprint
from app.accounts.forms import (
    CodeForm,
    EnterForm,
    MailForm,
    NewPasswordForm,
    OfficeCodeForm,
    PasswordForm,
)
from app.accounts.secrets import digest
from app.accounts.service import Opened
from app.audit.actions import Action
from app.core import clock
from app.core.access import actor_or_none, public
from app.core.errors import DomainError, NotFoundError

__all__ = ["blueprint", "own_routes"]

F = TypeVar("F", bound=EnterForm)


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """Ask for a mail address and promise a mail; the response is the same for every address."""
    form = MailForm()
    if not form.is_submitted():
        _keep_next()
        return render_template("accounts/sign_in.html", form=form)
    if not form.validate():
        return render_template("accounts/sign_in.html", form=form), HTTPStatus.UNPROCESSABLE_ENTITY
    address = form.email.data or ""
    try:
        return _send_mail(address, browser.this_browser(address).known_as)
    except DomainError as error:
        return _no_mail_page(form, error)


def _no_mail_page(form: MailForm, error: DomainError) -> ResponseReturnValue:
    form.email.errors = [error.message]
    page = render_template("accounts/sign_in.html", form=form, is_refused=True)
    return page, error.status, _later(error)


def _send_mail(address: str, known_as: str) -> ResponseReturnValue:
    """Promise a mail that signs in in this browser, and ask for its code. Raises TooManyTries."""
    secret, here = browser.new_browser_secret(), browser.this_browser()
    links.request_link(
        address,
        secret,
        remote_address=here.remote_address,
        known_as=known_as,
        device=here.device,
        now=clock.now(),
    )
    return browser.give_browser_secret(redirect(url_for(".code"), HTTPStatus.SEE_OTHER), secret)


def _keep_next() -> None:
    """Keep the page to return to in the cookie; never in a mail."""
    session.pop("next", None)
    if path := browser.safe_path(request.args.get("next")):
        session["next"] = path


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@public
def code() -> ResponseReturnValue:
    """Say that a mail may come, and accept its code: the mail may be read on another device."""
    form = CodeForm()
    if not form.is_submitted():
        return render_template("accounts/code.html", form=form, people=())
    if not form.validate():
        return _code_page(form)
    return _enter(links.use_code, form.code.data or "", form, "accounts/code.html", _wrong_code)


def _wrong_code(form: CodeForm, _look: links.Look) -> ResponseReturnValue:
    if browser.browser_secret():
        words = _(
            "This code does not work. Look in the newest mail. After five tries, ask for a new mail."
        )
    else:
        words = _(
            "You did not ask for a mail in this browser. Type the code in the browser in which you "
            "asked, or ask for a new mail here."
        )
    form.code.errors = [words]
    return _code_page(form)


def _code_page(form: CodeForm) -> ResponseReturnValue:
    page = render_template("accounts/code.html", form=form, people=())
    return page, HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.route("/sign-in/school-code", methods=["GET", "POST"])
@public
def office_code() -> ResponseReturnValue:
    """Sign in with mail address and a code that the office handed out."""
    form = OfficeCodeForm()
    return _sign_in_with(form.code, form, codes.use_code, "accounts/office_code.html")


@blueprint.get("/sign-in/link/<token>")
@public
def link(token: str) -> ResponseReturnValue:
    """Show the button that signs in; changes nothing, because mail scanners open links too."""
    look = links.look_at_link(token, browser.browser_secret(), now=clock.now())
    form = EnterForm()
    form.offer(look.people)
    return _link_page(form, look)


@blueprint.post("/sign-in/link/<token>")
@public
def use_link(token: str) -> ResponseReturnValue:
    """Sign in, in the browser that requested the link."""
    return _enter(links.use_link, token, EnterForm(), "accounts/link.html", _link_page)


@blueprint.post("/sign-in/link/<token>/again")
@public
def send_again(token: str) -> ResponseReturnValue:
    """Send a new mail to the address of a link that was opened in another browser, for this one.

    Who has the link reads that mailbox, or got it from who does: strangers' requests do not count.
    """
    address = links.address_of(token, now=clock.now())
    if address is None:
        return _link_page(EnterForm(), links.Look("gone"))
    try:
        return _send_mail(address, f"link {digest(token)}")
    except DomainError as error:
        return _no_mail_page(MailForm(formdata=None), error)


def _enter(
    use: Callable[..., Opened | links.Look],
    secret: str,
    form: F,
    template: str,
    refuse: Callable[[F, links.Look], ResponseReturnValue],
) -> ResponseReturnValue:
    """Sign in with the secret of a mail, ask which of several people it is, or refuse."""
    outcome = use(
        secret,
        browser.browser_secret(),
        form.person_id,
        remember=form.remember.data,
        browser=browser.this_browser(),
        now=clock.now(),
    )
    if isinstance(outcome, Opened):
        return browser.begin(outcome)
    if outcome.state != "ready":
        return refuse(form, outcome)
    form.offer(outcome.people)
    form.person.errors = [_("Choose who you are.")]
    page = render_template(template, form=form, state=outcome.state, people=outcome.people)
    return page, HTTPStatus.UNPROCESSABLE_ENTITY


_LINK_STATUS = {
    "ready": HTTPStatus.OK,
    "elsewhere": HTTPStatus.FORBIDDEN,
    "gone": HTTPStatus.GONE,
}


def _link_page(form: EnterForm, look: links.Look) -> ResponseReturnValue:
    if look.state == "gone":
        _note_dead_link()
    page = render_template(
        "accounts/link.html",
        form=form,
        state=look.state,
        people=look.people,
        token=(request.view_args or {}).get("token"),
    )
    return page, _LINK_STATUS[look.state]


@blueprint.route("/sign-in/password", methods=["GET", "POST"])
@public
def sign_in_by_password() -> ResponseReturnValue:
    """Sign in with mail address and password."""
    form = PasswordForm()
    return _sign_in_with(form.password, form, credentials.sign_in, "accounts/password.html")


def _sign_in_with(
    secret: StringField,
    form: OfficeCodeForm | PasswordForm,
    use: Callable[..., Opened],
    template: str,
) -> ResponseReturnValue:
    """Sign in with a mail address and the secret in this field of its form."""
    if not form.validate_on_submit():
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
        return render_template(template, form=form), status
    address = form.email.data or ""
    try:
        opened = use(
            address,
            secret.data or "",
            remember=form.remember.data,
            browser=browser.this_browser(address),
            now=clock.now(),
        )
    except DomainError as error:
        secret.errors = [error.message]
        return render_template(template, form=form), error.status, _later(error)
    return browser.begin(opened)


def _later(error: DomainError) -> dict[str, str]:
    if isinstance(error, tries.TooManyTries):
        return {"Retry-After": str(error.seconds)}
    return {}


@blueprint.route("/password/<token>", methods=["GET", "POST"])
@public
def choose_password(token: str) -> ResponseReturnValue:
    """Let an invited user, or one who forgot the password, choose a new one."""
    form = NewPasswordForm()
    if queries.load_token_account(token, clock.now()) is None:
        return _no_token_page()
    if not form.validate_on_submit():
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
        return _new_password_page(form, status)
    try:
        opened = credentials.choose_password(
            token,
            form.password.data or "",
            browser=browser.this_browser(),
            now=clock.now(),
        )
    except NotFoundError:  # it was used in the meantime
        return _no_token_page()
    except DomainError as error:
        form.password.errors = [error.message]
        return _new_password_page(form, error.status)
    return browser.begin(opened)


def _new_password_page(form: NewPasswordForm, status: HTTPStatus) -> ResponseReturnValue:
    page = render_template("accounts/choose_password.html", form=form, shortest=passwords.SHORTEST)
    return page, status


def _no_token_page() -> ResponseReturnValue:
    _note_dead_link()
    return render_template("accounts/token_gone.html"), HTTPStatus.GONE


def _note_dead_link() -> None:
    token = (request.view_args or {}).get("token", "")
    attempts.note_dead_link(token, browser.this_browser(), now=clock.now())


@blueprint.after_app_request
def note_refused_page(response: Response) -> Response:
    """Log that somebody asked for what is not there for them; a path that no page has is a typo."""
    actor = actor_or_none()
    if response.status_code == HTTPStatus.NOT_FOUND and actor and request.url_rule:
        page = re.sub(r"<[^>]+>", "…", request.url_rule.rule)
        here = browser.this_browser()
        with suppress(OperationalError, InternalError):  # busy, full or read-only
            attempts.note_own(Action.ACCESS_PAGE_REFUSED, actor, here, now=clock.now(), page=page)
    return response
