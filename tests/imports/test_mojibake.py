"""Which names were once read in the wrong encoding, and which are only unusual."""

import unicodedata
from itertools import product

import pytest

from app.imports.mojibake import repaired

pytestmark = pytest.mark.only_on("sqlite")  # reading files is not the database's

# What each alphabet has besides a-z. What Windows-1252 does not have cannot be mistaken for anything.
ALPHABETS = {
    "Slovak": "áäčďéíĺľňóôŕšťúýž",
    "Czech": "áčďéěíňóřšťúůýž",
    "Croatian": "čćđšž",
    "Slovene": "čšž",
    "Estonian": "äõöüšž",
    "Finnish": "äöšž",
    "Latvian": "āčēģīķļņšūž",
    "Lithuanian": "ąčęėįšųūž",
    "French": "àâæçéèêëîïôœùûüÿ",
    "Turkish": "çğıöşü",
    "Vietnamese": "ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
    "Polish": "ąćęłńóśźż",
    "German": "äöüß",
    "Dutch": "áéëèïíóöüúĳ",
    "Spanish": "áéíñóúü",
    "Portuguese": "ãáâàçéêíõóôúü",
    "Danish": "æøå",
    "Icelandic": "áðéíóúýþæö",
    "Hungarian": "áéíóöőúüű",
    "Romanian": "ăâîșț",
}

GENUINE = [
    *("RÚŽA", "KRÍŽOVÁ", "NÓŽKA", "TÓŠA", "JÉŽ", "RůžiČKA", "Růžička", "ŠŤASTNÝ", "ČÍŽEK", "KÝŠKA"),
    *("HÁŽA", "ÁŽ", "ÚŽ", "BOŽIČEVIĆ", "ŽIŽIĆ", "PÕŽ", "RÄŽA", "KÄŠPER", "TÖŠ", "JÜŽEK", "ÅŠTRÖM"),
    *("Zoë", "RENÉ", "Œuvrard", "LŒVENBRUCK", "ŸVES", "Çınar", "ÇELİK", "Nguyễn", "ĐẶNG", "Łukasz"),
    *("ŻÓŁKIEWSKI", "Åse", "Þórður", "José-María", "d’Été", "CAFÉ’S", "Müller–Šimić", "D’ÀŽ"),
    *("小明", "فاطمة", "Иван", "Ελένη", "שרה", "김민준", "さくら"),
]

DAMAGED = [
    *(
        "Zoë",
        "Raphaël",
        "Şahin",
        "Yağmur",
        "IŞIK",
        "Dvořák",
        "Černý",
        "Ďurica",
        "Đorđević",
        "Święcka",
    ),
    *(
        "Łukasz",
        "ŻÓŁKIEWSKI",
        "Nguyễn",
        "Đặng",
        "Ramunė",
        "Ēriks",
        "Ștefan",
        "Țepeș",
        "Quỳnh",
        "Ưng",
    ),
    *(
        "Øystein",
        "Åse",
        "Þórður",
        "José",
        "François",
        "Müller",
        "Weiß",
        "Œuvrard",
        "O’Neill",
        "Ìyá",
    ),
    *(
        "ČERNÝ",
        "ŠIMEK",
        "ÉLOÏSE",
        "NICOLÒ",
        "Əliyev",
        "محمد",
        "فاطمة الزهراء",
        "Иван",
        "ИВАН",
        "Ελένη",
    ),
    *("שרה", "小明", "王", "김민준", "さくら", "ดวงใจ", "गौरव", "Նարե", "ანა"),
]


def misread(name, encoding):
    """The name as UTF-8, read in another encoding; what that does not have becomes itself."""
    return "".join(
        bytes([byte]).decode(encoding, "ignore") or chr(byte) for byte in name.encode("utf-8")
    )


@pytest.mark.parametrize("name", GENUINE)
def test_an_unusual_name_is_a_name(name):
    assert repaired(name) == name


@pytest.mark.long
@pytest.mark.parametrize("language", ALPHABETS)
def test_no_two_or_three_letters_of_one_alphabet_are_damage(language):
    capitals = sorted({*ALPHABETS[language].upper()} - {"S", "I"})  # of ß and ı
    assert len(capitals) > 2
    for length in (2, 3):
        for word in map("".join, product(capitals, repeat=length)):
            names = {
                word,
                word.title(),
                f"K{word}A",
                f"k{word.lower()}a",
                f"{word[0]}{word[1:].lower()}a",
            }
            assert {name: repaired(name) for name in names} == {name: name for name in names}


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_name_is_read_as_it_was(name, encoding):
    name = unicodedata.normalize("NFC", name)
    assert repaired(misread(name, encoding)) == name


@pytest.mark.parametrize("name", ["Zoë", "Dvořák", "Иван", "Şahin"])
def test_what_was_damaged_twice_is_found_too(name):
    twice = misread(misread(name, "cp1252"), "cp1252")
    assert repaired(twice) not in {twice, misread(name, "cp1252")}


def test_only_the_damaged_words_of_a_name_are_repaired():
    assert repaired("RÚŽA ZoÃ« KRÍŽ-DvoÅ™Ã¡k") == "RÚŽA Zoë KRÍŽ-Dvořák"
