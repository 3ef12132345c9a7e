import pytest

from app.accounts.devices import device_name
from app.accounts.secrets import new_code, new_token, read_code, shown_code

pytestmark = pytest.mark.only_on("sqlite")  # no database is asked


def test_a_token_is_256_bits_and_a_code_8_signs():
    assert len(new_token()) == 43
    assert len(new_code()) == 8
    assert len({new_token() for _ in range(50)}) == 50


def test_a_code_is_read_however_it_is_typed():
    assert shown_code("7KD2M0XA") == "7KD2-M0XA"
    assert read_code(" 7kd2-m0xa ") == "7KD2M0XA"
    assert read_code("7KD2 MOXA") == "7KD2M0XA"
    assert read_code("ilo") == "110"


def test_a_device_is_named_as_a_person_knows_it():
    chrome = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/129.0 Mobile Safari/537.36"
    edge = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/129 Safari/537.36 Edg/129.0"
    safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1"

    assert device_name(chrome) == "Chrome, Android"
    assert device_name(edge) == "Edge, Windows"
    assert device_name(safari) == "Safari, iPhone"
    assert device_name("curl/8.5") == ""
