"""How well a text in one colour can be read on another."""


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours such as `#8c3219`, from 1 to 21.

    Source: www.w3.org/TR/WCAG22/#dfn-contrast-ratio
    """
    darker, lighter = sorted((luminance(first), luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of a colour, from 0 to 1.

    Source: www.w3.org/TR/WCAG22/#dfn-relative-luminance
    """
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
