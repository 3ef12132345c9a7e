"""The office's prints, exported files and the evening pack."""

from http import HTTPStatus
from io import BytesIO

from flask import Blueprint, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core import clock
from app.core.access import OFFICE, current_actor, requires
from app.core.i18n import day_text
from app.core.ids import id_of
from app.exports import packs, queries, service
from app.exports.queries import PrintKind
from app.exports.service import FileKind, TalksFile

blueprint = Blueprint("exports", __name__)

TYPES = {
    FileKind.CSV: "text/csv",  # Flask adds the charset
    FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@blueprint.get("/office/rounds/<int:round_id>/prints")
@requires(*OFFICE)
def prints(round_id: int) -> ResponseReturnValue:
    """Show the prints of an evening, as they will look on paper."""
    kind = request.args.get("kind", "")
    page = queries.load_prints(
        round_id,
        evening_id=request.args.get("evening", type=id_of),
        kind=PrintKind(kind) if kind in set(PrintKind) else PrintKind.DOORS,
        one=request.args.get("one", ""),
        now=clock.now(),
    )
    return render_template("exports/prints.html", page=page, sheets=page.sheets)


@blueprint.get("/office/rounds/<int:round_id>/talks.csv")
@requires(*OFFICE)
def talks_csv(round_id: int) -> ResponseReturnValue:
    """Return the talks of a round as CSV."""
    return _talks(round_id, FileKind.CSV)


@blueprint.get("/office/rounds/<int:round_id>/talks.xlsx")
@requires(*OFFICE)
def talks_xlsx(round_id: int) -> ResponseReturnValue:
    """Return the talks of a round as an XLSX workbook."""
    return _talks(round_id, FileKind.XLSX)


@blueprint.get("/office/rounds/<int:round_id>/evenings/<int:evening_id>/pack")
@requires(*OFFICE)
def pack(round_id: int, evening_id: int) -> ResponseReturnValue:
    """Show when an evening's pack was made."""
    page = packs.load_pack(round_id, evening_id)
    return render_template(
        "exports/pack_page.html",
        page=page,
        file_name=_file_name(f"{page.round.name} {day_text(page.evening.day)}", "html"),
    )


@blueprint.post("/office/rounds/<int:round_id>/evenings/<int:evening_id>/pack")
@requires(*OFFICE)
def make_pack(round_id: int, evening_id: int) -> ResponseReturnValue:
    """Build the pack now."""
    packs.make_pack(round_id, evening_id, now=clock.now())
    url = url_for(".pack", round_id=round_id, evening_id=evening_id)
    return redirect(url, HTTPStatus.SEE_OTHER)


@blueprint.get("/office/rounds/<int:round_id>/evenings/<int:evening_id>/pack.html")
@requires(*OFFICE)
def pack_file(round_id: int, evening_id: int) -> ResponseReturnValue:
    """Return the pack itself; if there is none, redirect to the page that builds it."""
    file = packs.take_pack(current_actor(), round_id, evening_id, now=clock.now())
    if file is None:
        return redirect(url_for(".pack", round_id=round_id, evening_id=evening_id))
    response = make_response(file.content)
    response.content_type = "text/html; charset=utf-8"
    response.headers["Content-Security-Policy"] = f"{file.policy}; frame-ancestors 'none'"
    return response


@blueprint.get("/office/rounds/<int:round_id>/silent.csv")
@requires(*OFFICE)
def silent_csv(round_id: int) -> ResponseReturnValue:
    """Return the students of whom nobody has said anything as CSV."""
    file = service.export_silent(current_actor(), round_id, now=clock.now())
    return _sent(file, FileKind.CSV, _("without a talk"))


def _talks(round_id: int, kind: FileKind) -> ResponseReturnValue:
    file = service.export_talks(current_actor(), round_id, kind, now=clock.now())
    return _sent(file, kind, _("talks"))


def _sent(file: TalksFile, kind: FileKind, what: str) -> ResponseReturnValue:
    response = send_file(
        BytesIO(file.content),
        mimetype=TYPES[kind],
        as_attachment=True,
        download_name=_file_name(f"{file.round_name} {what}", kind),
        etag=False,
    )
    response.headers["Cache-Control"] = "no-store"  # by default send_file lets browsers cache it
    return response


def _file_name(words: str, ending: str) -> str:
    """Return a name of letters, digits and hyphens, valid on any file system."""
    plain = "".join(sign if sign.isalnum() else " " for sign in words)
    return f"{'-'.join(plain.lower().split())}.{ending}"
