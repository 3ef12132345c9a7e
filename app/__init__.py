"""Tienminuten: reservations for parent-teacher talks. The composition root."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.middleware.proxy_fix import ProxyFix

from app import (
    extensions,
    jobs,
    layout,
    purge,
    restored,
    tables,  # noqa: F401  (relationships find each other)
)
from app.accounts import routes as accounts
from app.accounts import session
from app.accounts.cli import accounts_cli
from app.audit import behind
from app.calendars.cli import calendar_check
from app.config import Settings, load_settings
from app.connections import routes as connections
from app.core import (
    clock,
    compression,
    cookies,
    errors_http,
    files,
    health,
    i18n,
    ids,
    links,
    security,
    templates,
    transaction,
)
from app.demo import routes as demo
from app.demo.cli import demo_cli
from app.evenings import routes as evenings
from app.exports import routes as exports
from app.family import routes as family
from app.feeds import routes as feeds
from app.imports.cli import imports_cli
from app.log import routes as log
from app.mail import routes as mail
from app.people import routes as people
from app.planner.cli import plan_cli
from app.plans import routes as plans
from app.review import routes as review
from app.round_setup import routes as round_setup
from app.rounds.cli import rounds_cli
from app.settings import routes as settings_routes
from app.settings.cli import school_cli
from app.teaching import routes as teaching


class _Site(Flask):
    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a view as it is: none is asynchronous, and to ask all takes 1 % of a booking."""
        return func

    def handle_exception(self, e: Exception) -> Response:
        """Answer when an error page failed, or what is done after a page, in one line of the log.

        Flask would do after it once more what has just failed.
        """
        if self.testing:
            return super().handle_exception(e)
        return security.add_headers(errors_http.answer_bare(e))

    def do_teardown_appcontext(self, exc: BaseException | None = None) -> None:
        """Let go of the database connection, also where it cannot be closed properly any more.

        The answer stands, and the database undoes what was left open.
        """
        try:
            super().do_teardown_appcontext(exc)
        except SQLAlchemyError:
            transaction.abandon()


def create_app(settings: Settings | None = None) -> Flask:
    """Create the site from its settings; the only function that knows all packages."""
    settings = settings or load_settings()
    app = _Site(__name__)
    app.jinja_environment = templates.Environment
    app.jinja_options = {"cache_size": -1}  # keep all templates: looking one up takes no lock
    app.url_map.converters["int"] = ids.IdConverter
    app.session_interface = cookies.Sessions()
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.signing_key(),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        # Keep names and addresses in error texts out of the log.
        SQLALCHEMY_ENGINE_OPTIONS={"hide_parameters": True},
        MAX_CONTENT_LENGTH=1024 * 1024,
        SESSION_COOKIE_NAME="__Host-session" if settings.https else "session",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # ends with the session; a table can stay open all evening
        WTF_CSRF_SSL_STRICT=False,  # it compares Referer, which our own policy does not send
        BABEL_DEFAULT_LOCALE=i18n.DEFAULT_LANGUAGE,
    )
    if settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=0
        )
    extensions.db.init_app(app)
    extensions.migrate.init_app(app, extensions.db, directory=app.root_path + "/../migrations")
    files.init_app(app)
    session.init_app(app, extensions.login_manager)
    extensions.csrf.init_app(app)
    compression.init_app(app)
    i18n.init_app(app, extensions.babel, layout.load_zone)
    links.init_app(
        app,
        {
            links.Page.HOME: "layout.home",
            links.Page.OWN_TALKS: "family.overview",
            links.Page.LETTING_IN: "family.let_parents_in",
            links.Page.ALTERNATIVES: "family.choose_alternative",
            links.Page.OWN_EVENINGS: "teaching.overview",
            links.Page.ASKED: "family.asked",
            links.Page.PLAN: "plans.plan",
        },
    )
    layout.init_app(app)
    security.init_app(app, page_style=layout.page_style)
    errors_http.init_app(app)
    health.init_app(app, lambda: behind.clock_words(now=clock.now()))
    pages = [
        health,
        log,
        settings_routes,
        accounts,
        connections,
        evenings,
        plans,
        exports,
        family,
        feeds,
        layout,
        mail,
        people,
        review,
        round_setup,
        teaching,
    ]
    if settings.demo:
        pages.append(demo)
    for module in pages:
        app.register_blueprint(module.blueprint)
    for command in (
        accounts_cli,
        imports_cli,
        rounds_cli,
        plan_cli,
        school_cli,
        demo_cli,
        jobs.worker,
        jobs.calendar_sync,
        calendar_check,
        purge.purge,
        restored.restored,
    ):
        app.cli.add_command(command)
    transaction.init_app(app)
    return app
