"""Names out of files and folders, made harmless for a terminal, a spreadsheet and a file name: said here once."""

import re
import sys

# Control characters, marks that turn the direction of what follows, line breaks, bytes of a name that is not UTF-8.
_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_UNDECODED = re.compile(r"[\ud800-\udfff]")
_FORMULA = re.compile(r"[=+\-@\t\r\n]")
_LONGEST_NAME = 150
"""Bytes of a file name; most systems take 255, and others may put something before or behind it."""


def visible(text: str) -> str:
    r"""Return a text as one may print it: what would steer a terminal is shown as in Python's literals.

    Examples
    --------
    >>> visible("GFP \x1b[2J"), visible("488 nm")
    ('GFP \\x1b[2J', '488 nm')
    """
    return _HIDDEN.sub(_escape, text)


def decoded(text: str) -> str:
    r"""Return a text that every encoding of Unicode holds: bytes that a name was not decoded from are shown.

    Examples
    --------
    >>> decoded("caf\udce9.tif")
    'caf\\xe9.tif'
    """
    return _UNDECODED.sub(_escape, text)


def cell(text: str) -> str:
    """Return a text for a field of CSV: a spreadsheet must not take it for a formula, hence the apostrophe.

    Examples
    --------
    >>> cell("=1+1"), cell("-0.5"), cell("GFP")
    ("'=1+1", '-0.5', 'GFP')
    """
    led = f"'{text}" if _FORMULA.match(text) and not _are_numbers(text) else text
    return led.replace("\r", "\\x0d")  # writers leave it unquoted, and readers take it for the end of the row


def shortened(text: str, longest: int = 60) -> str:
    """Return a text with its middle left out where it is too long for a picture.

    Examples
    --------
    >>> shortened("abcdefgh", 5)
    'ab…gh'
    """
    half = longest // 2
    return text if len(text) <= longest else f"{text[:half]}…{text[-half:]}"


def file_name(title: str) -> str:
    """Return a title as a file name without its suffix; it may be cut, and two titles may have one name.

    Examples
    --------
    >>> file_name("cells.tif GFP (1)")
    'cells.tif_GFP_1'
    """
    name = re.sub(r"[^\w.+-]+", "_", title).strip("_")
    encoding = sys.getfilesystemencoding()
    return name.encode(encoding, "ignore")[:_LONGEST_NAME].decode(encoding, "ignore")


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:  # how Python keeps a byte that it could not decode
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _are_numbers(text: str) -> bool:
    """Whether it is a number, or several with spaces between: a formula is none."""
    try:
        numbers = [float(word) for word in text.split()]
    except ValueError:
        return False
    return bool(numbers) and text.isprintable()
