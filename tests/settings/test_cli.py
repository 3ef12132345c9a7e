"""Setting from the shell how the school presents itself."""

import base64

import pytest

from app.settings.queries import load_logo, load_school

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def run(app, db):
    def run_(*words):
        return app.test_cli_runner().invoke(args=["school", *words])

    return run_


def test_what_is_given_is_set_and_all_else_stays(run):
    assert run("set", "--name", "Het Baken", "--accent", "#7a1f3d").exit_code == 0
    assert run("set", "--contact-phone", "030 123 45 67").exit_code == 0
    school = load_school()
    assert (school.name, school.accent, school.contact_phone) == (
        "Het Baken",
        "#7a1f3d",
        "030 123 45 67",
    )
    assert "Het Baken" in run("show").output


def test_sites_that_may_frame_are_given_anew_each_time(run):
    one, two = "https://school.smartschool.be", "https://portaal.example:8443"
    given = ("--frame-origin", f"{one}/", "--frame-origin", two.upper().replace("HTTPS", "https"))
    assert run("set", "--name", "Het Baken", *given).exit_code == 0
    assert load_school().frame_origins == (one, two)
    assert run("set", "--invite-teachers").exit_code == 0
    assert (load_school().frame_origins, load_school().invites_teachers) == ((one, two), True)
    assert run("set", "--frame-origin", "").exit_code == 0
    assert load_school().frame_origins == ()


@pytest.mark.parametrize(
    "origin",
    [
        *("http://school.example", "https://school.example/page", "https://*.example", "*"),
        *(
            "https://a b.example",
            "https://x@school.example",
            "https://school.example; script-src *",
        ),
        *("'self'", "https://school.example\nx", "https://school", "https://-a.example"),
    ],
)
def test_what_is_no_site_is_refused(run, origin):
    answer = run("set", "--name", "Het Baken", "--frame-origin", origin)
    assert answer.exit_code == 1
    assert "--frame-origin" in answer.output


def test_a_logo_is_kept_and_served(run, client, tmp_path):
    picture = tmp_path / "logo.png"
    picture.write_bytes(PIXEL)
    assert run("set", "--name", "Het Baken", "--logo", str(picture)).exit_code == 0
    assert load_logo() == (PIXEL, "image/png")
    answer = client.get("/logo")
    assert (answer.data, answer.mimetype) == (PIXEL, "image/png")
    assert 'src="/logo"' in client.get("/sign-in").text


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("--name", " "), "--name"),
        (("--name", "Het Baken", "--accent", "#ffff00"), "--accent"),
        (("--name", "Het Baken", "--time-zone", "Europe/Nowhere"), "--time-zone"),
    ],
)
def test_a_fault_names_the_option_and_changes_nothing(run, words, option):
    result = run("set", *words)
    assert result.exit_code == 1
    assert option in result.output
    assert load_school().name == "Tienminuten"


@pytest.mark.parametrize(
    "content",
    [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"RIFFxxxxWAVE", PIXEL + bytes(200_000)],
)
def test_what_is_no_small_picture_is_refused_and_nothing_is_saved(run, tmp_path, content):
    file = tmp_path / "logo"
    file.write_bytes(content)
    result = run("set", "--name", "Het Baken", "--logo", str(file))
    assert result.exit_code == 1
    assert "--logo" in result.output
    assert load_school().name == "Tienminuten"
