"""Names for invented people. No I/O.

``latin`` is the spelling in mail addresses of a name in another script; other names only lose
their accents. Prefixes are separate as in Dutch sources; Flemish names keep theirs within the
family name.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Word:
    """A name, and its spelling in letters that a mail address can have."""

    text: str
    latin: str = ""


@dataclass(frozen=True)
class FamilyNames:
    """A family name with its prefix, if the source splits it."""

    text: str
    prefix: str = ""
    latin: str = ""


@dataclass(frozen=True)
class DemoNames:
    """The names of one origin; ``weight`` is its share of families in percent."""

    weight: int
    language: str
    girls: tuple[Word, ...]
    boys: tuple[Word, ...]
    women: tuple[Word, ...]
    men: tuple[Word, ...]
    families: tuple[FamilyNames, ...]


def _words(text: str) -> tuple[Word, ...]:
    """Parse "Noor Emma 王芳=wangfang": names, with a Latin spelling where needed."""
    pairs = (part.partition("=") for part in text.split())
    return tuple(Word(name, latin) for name, _, latin in pairs)


def _families(text: str) -> tuple[FamilyNames, ...]:
    """Parse "Jansen, van den|Berg, 王=wang"."""
    found = []
    for part in text.split(","):
        name, _, latin = part.strip().partition("=")
        prefix, bar, rest = name.partition("|")
        found.append(FamilyNames(rest, prefix, latin) if bar else FamilyNames(name, "", latin))
    return tuple(found)


DUTCH = DemoNames(
    weight=52,
    language="nl",
    girls=_words(
        "Noor Emma Sanne Lotte Fleur Roos Isa Femke Julia Evi Anouk Maud Lieke Tess Zoë Eva"
        " Liv Nina Puck Yara Floor Mila Jasmijn Elin Bo Myrthe Sterre Hannah Renée Esmée"
    ),
    boys=_words(
        "Sem Daan Bram Thijs Finn Jesse Luuk Stijn Tijn Gijs Mees Teun Joris Ruben Lars Sven"
        " Koen Jelle Floris Pim Siem Hidde Jurre Raphaël Olivier Guus Boaz Wout Job IJsbrand"
    ),
    women=_words(
        "Marieke Saskia Ilse Karin Esther Mirjam Judith Annemiek Wendy Chantal Yvonne Petra"
        " Linda Marloes Heleen Désirée Anke Femke Jolanda Tamara Nienke Inge Claudia Birgit"
    ),
    men=_words(
        "Pieter Jeroen Martijn Wouter Erik Bas Sander Maarten Rob Edwin Frank Michiel Marcel"
        " Hans Arjan Niels Remco Bart Jurgen Dennis Patrick Robert-Jan Vincent Gerben"
    ),
    families=_families(
        "Jansen, de|Jong, de|Vries, van den|Berg, van|Dijk, Bakker, Visser, Smit, Meijer,"
        " de|Boer, Mulder, de|Groot, Bos, Vos, Peters, Hendriks, van|Leeuwen, Dekker, Brouwer,"
        " de|Wit, Dijkstra, Smits, de|Graaf, van der|Meer, Kok, Jacobs, de|Haan, Vermeer,"
        " van den|Heuvel, van der|Veen, van den|Broek, Prins, Blom, Huisman, Postma, Kuipers,"
        " van der|Heijden, Veenstra, Kramer, van den|Brink, Scholten, van|Wijk, Schouten,"
        " Koster, van 't|Hof, 's-Gravesande, in 't|Veld, IJzerman, ten|Hove, Ter Braak-Oosting"
    ),
)

FLEMISH = DemoNames(
    weight=8,
    language="nl",
    girls=_words("Louise Marie Elise Camille Lore Febe Jade Amélie Fien Margot"),
    boys=_words("Arthur Lowie Seppe Victor Maurice Lander Warre Matthijs Emiel Jef"),
    women=_words("Veerle Griet Katrien Els Leen Hilde An Tine Sofie Nathalie"),
    men=_words("Geert Dirk Kristof Bart Joris Wim Tom Stefaan Koen Filip"),
    families=_families(
        "Peeters, Janssens, Maes, Claes, Van den Bossche, De Backer, Van Damme, D'hondt,"
        " Vandenberghe, Goossens, Wouters, De Smet, Verhaeghe, Lemmens"
    ),
)

TURKISH = DemoNames(
    weight=10,
    language="tr",
    girls=_words("Elif Zeynep Ayşe Eylül Defne Ebrar Nisa Şevval Selin Ceren"),
    boys=_words("Emir Yusuf Ömer Kerem Deniz İlhan Çağan Berat Mert Efe"),
    women=_words("Fatma Hatice Emine Gülsüm Sevgi Özlem Nuray Hülya Ayten Filiz"),
    men=_words("Mehmet Mustafa Ali Hüseyin Murat Kemal Oğuzhan Uğur İsmail Hakan"),
    families=_families(
        "Yılmaz, Kaya, Demir, Çelik, Şahin, Yıldız, Öztürk, Aydın, Işık, Arslan, Koç, Güneş"
    ),
)

MOROCCAN = DemoNames(
    weight=11,
    language="nl",
    girls=_words("Amira Salma Yasmina Nour Hafsa Imane Aya Dounia Malak Rania"),
    boys=_words("Adam Mohamed Ilyas Ayoub Bilal Zakaria Rayan Anas Imran Nassim"),
    women=_words("Fatima Naima Khadija Samira Latifa Malika Hanane Rachida Souad Najat"),
    men=_words("Ahmed Hassan Rachid Abdellah Khalid Said Mustapha Driss Karim Youssef"),
    families=_families(
        "El Amrani, Bouzid, Ben Ali, Ouali, El Idrissi, Aït Benhaddou, Benali, Chaouch,"
        " El Khattabi, Amrani, Haddou, Ziani"
    ),
)

POLISH = DemoNames(
    weight=7,
    language="pl",
    girls=_words("Zuzanna Maja Lena Hanna Oliwia Alicja"),
    boys=_words("Jakub Szymon Filip Kacper Antoni Paweł"),
    women=_words("Agnieszka Małgorzata Katarzyna Monika Joanna Beata"),
    men=_words("Tomasz Krzysztof Marcin Łukasz Grzegorz Piotr"),
    families=_families("Nowak, Wiśniewski, Kowalczyk, Zieliński, Szymański, Woźniak, Łuczak"),
)

SURINAMESE = DemoNames(
    weight=6,
    language="nl",
    girls=_words("Shanice Priya Jahnavi Naomi Chelsea Xaviera"),
    boys=_words("Jayden Dylano Ravi Shaquille Romano Anish"),
    women=_words("Sharda Muriël Ingrid Sandhia Joyce Consuela"),
    men=_words("Winston Anand Clyde Soeresh Ruben Orlando"),
    families=_families("Ramdin, Kartosen, Tjon A Fat, Wijdenbosch, Sewpersad, Pinas, Gangaram"),
)

ARABIC = DemoNames(
    weight=3,
    language="ar",
    girls=_words("ليلى=layla مريم=maryam سارة=sara نور=nour"),
    boys=_words("عمر=omar يوسف=yousef كريم=karim آدم=adam"),
    women=_words("هدى=houda رنا=rana سمر=samar ميساء=maysaa"),
    men=_words("خالد=khaled سامر=samer باسل=bassel فراس=firas"),
    families=_families("حداد=haddad, الخطيب=alkhatib, نجار=najjar, درويش=darwish"),
)

CHINESE = DemoNames(
    weight=3,
    language="en",
    girls=_words("小雨=xiaoyu 雨桐=yutong 欣怡=xinyi"),
    boys=_words("小明=xiaoming 浩然=haoran 子轩=zixuan"),
    women=_words("芳=fang 丽娟=lijuan 秀英=xiuying"),
    men=_words("伟=wei 建国=jianguo 志强=zhiqiang"),
    families=_families("王=wang, 李=li, 陈=chen, 林=lin"),
)

ORIGINS = (DUTCH, FLEMISH, TURKISH, MOROCCAN, POLISH, SURINAMESE, ARABIC, CHINESE)
