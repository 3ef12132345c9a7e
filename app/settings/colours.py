"""The school's colour: readable on light paper and, lightened, on dark. Pure."""

from collections.abc import Mapping
from colorsys import hls_to_rgb, rgb_to_hls
from functools import lru_cache

LIGHT_GROUND = "#faf7f2"
DARK_GROUND = "#171513"
ENOUGH_CONTRAST = 4.5  # WCAG 2.2, 1.4.3


@lru_cache(maxsize=8)
def stylesheet(accent: str) -> str:
    """Return the style sheet that sets the school's colour ("#0f5c5c") in both themes."""
    return (
        f":root{{--accent:{accent};--accent-ink:#fff}}"
        "@media screen and (prefers-color-scheme:dark)"
        f"{{:root{{--accent:{lightened(accent)};--accent-ink:{DARK_GROUND}}}}}"
    )


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2.2, relative luminance)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def ink_on(colour: str) -> str:
    """Return the colour of letters on this colour: white where it can be read, else black.

    One of them always can: black has enough contrast on everything on which white has too little.
    """
    return "#ffffff" if contrast(colour, "#ffffff") >= ENOUGH_CONTRAST else "#000000"


def mail_colours(accent: str) -> Mapping[str, str]:
    """Return the school's colour in mails, what is written on it, and links, in both themes.

    Written out, because programs for mail know no variables of style sheets.
    """
    dark = lightened(accent)
    return {
        "accent": accent,
        "accent_ink": ink_on(accent),
        "link": accent if contrast(accent, LIGHT_GROUND) >= ENOUGH_CONTRAST else "#000000",
        "dark_accent": dark,
        "dark_accent_ink": ink_on(dark),
    }


def lightened(accent: str) -> str:
    """Return the colour as light as the dark theme needs to read it.

    Its hue and saturation stay: mixed with white it is greyer, and a button looks switched off.
    """
    hue, lightness, saturation = rgb_to_hls(*(channel / 255 for channel in _channels(accent)))
    for percent in range(0, 101, 2):
        light = lightness + (1 - lightness) * percent / 100
        channels = hls_to_rgb(hue, light, saturation)
        colour = "#" + "".join(f"{round(255 * channel):02x}" for channel in channels)
        if contrast(colour, DARK_GROUND) >= ENOUGH_CONTRAST + 2:  # it stands on cards too
            break
    return colour


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def _luminance(colour: str) -> float:
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (channel / 255 for channel in _channels(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
