"""The block-print quilt: over a rail, folded in a stack, and the print from near."""

import math
import random

from home.demo.drawing.room import HEIGHT, WIDTH, picture, room

MADDER, INDIGO, OCHRE, LEAF, CLOTH = "#a5402a", "#2d4068", "#cf9442", "#4c6b4f", "#f5ebd8"
_DEFS = """
<filter id="ink" x="-5%" y="-5%" width="110%" height="110%"><feTurbulence
type="fractalNoise" baseFrequency=".09" numOctaves="2" seed="5" result="n"/>
<feDisplacementMap in="SourceGraphic" in2="n" scale="5"/></filter>
<filter id="weave" x="0" y="0" width="100%" height="100%"><feTurbulence
type="fractalNoise" baseFrequency=".22 .3" numOctaves="1" seed="2" result="n"/>
<feDiffuseLighting in="n" surfaceScale="1.7" lighting-color="#fff"><feDistantLight azimuth="225"
elevation="60"/></feDiffuseLighting></filter>
<linearGradient id="dowel" x1="0" y1="0" x2="0" y2="1"><stop stop-color="#c99b6b"/><stop offset=".35"
stop-color="#a87446"/><stop offset="1" stop-color="#4f2f19"/></linearGradient>
<linearGradient id="over" x1="0" y1="0" x2="0" y2="1"><stop stop-color="#fff" stop-opacity=".3"/><stop
offset=".05" stop-color="#fff" stop-opacity=".1"/>
<stop offset=".1" stop-color="#3a2413" stop-opacity=".08"/><stop offset=".2" stop-color="#3a2413"
stop-opacity="0"/><stop offset="1" stop-color="#3a2413" stop-opacity=".14"/></linearGradient>
<linearGradient id="roll" x1="0" y1="0" x2="0" y2="1"><stop stop-color="#fff" stop-opacity=".28"/><stop
offset=".3" stop-color="#fff" stop-opacity=".06"/>
<stop offset=".62" stop-color="#2a160b" stop-opacity=".1"/><stop offset="1" stop-color="#2a160b"
stop-opacity=".58"/></linearGradient>
<pattern id="stitches" width="46" height="23" patternUnits="userSpaceOnUse"><rect width="46" height="12"
fill="#fff" opacity=".1"/>
<rect y="18" width="46" height="5" fill="#3a2413" opacity=".07"/><path d="M4 19.5h24" stroke="#fffaf0"
stroke-width="3" stroke-linecap="round"/>
<path d="M4 22h24" stroke="#3a2413" stroke-width="1.6" stroke-linecap="round" opacity=".4"/></pattern>
"""


def _petals(count: int, inner: float, outer: float, width: float, fill: str) -> str:
    middle, tip = inner + (outer - inner) * 0.4, inner + (outer - inner) * 0.8
    right = f"C{width} {-middle:.1f} {width} {-tip:.1f} 0 {-outer}"
    left = f"C{-width} {-tip:.1f} {-width} {-middle:.1f} 0 {-inner}"
    path = f"M0 {-inner} {right} {left}z"
    turns = "".join(f'<path d="{path}" transform="rotate({360 * i / count:.1f})"/>' for i in range(count))
    return f'<g fill="{fill}">{turns}</g>'


def _dots(count: int, distance: float, size: float, fill: str) -> str:
    turns = "".join(
        f'<circle cy="{-distance}" r="{size}" transform="rotate({360 * (i + 0.5) / count:.1f})"/>' for i in range(count)
    )
    return f'<g fill="{fill}">{turns}</g>'


def flower(petal: str, dot: str) -> str:
    """The large block: eight petals with veins in a ring of dots, about 100 wide."""
    veins = _petals(8, 16, 27, 1.3, CLOTH)
    return (
        _petals(8, 9, 33, 7.2, petal)
        + veins
        + _dots(16, 40, 2.9, dot)
        + _dots(8, 47, 1.7, petal)
        + f'<circle r="5.5" fill="{dot}"/>'
    )


def bud(leaf: str, heart: str) -> str:
    """The small block between: four leaves."""
    return (
        _petals(4, 3, 22, 5.5, leaf)
        + f'<g transform="rotate(45)">{_petals(4, 4, 13, 2.4, heart)}</g><circle r="3" fill="{heart}"/>'
    )


def _fold(u: float) -> float:
    """Where a point of the flat cloth comes to lie sideways once it hangs in folds."""
    return u + 15 * math.sin(u / 62) + 8 * math.sin(u / 34 + 1.1)


def _light(u: float) -> float:
    """How the fold at u takes the light: from -1, turned away, to 1."""
    return 0.7 * math.sin(u / 62 + 0.5) + 0.3 * math.sin(u / 34 + 2.0)


def _stamp(block: str, u: float, v: float, dice: random.Random) -> str:
    squeeze = 1 + 15 / 62 * math.cos(u / 62) + 8 / 34 * math.cos(u / 34 + 1.1)
    drop = 5 * _light(u)
    lies = f"translate({_fold(u):.1f} {v + drop:.1f}) scale({squeeze:.3f} 1) rotate({dice.uniform(-2.5, 2.5):.1f})"
    return f'<g transform="{lies}" opacity="{dice.uniform(0.84, 1):.2f}">{block}</g>'


def _print(width: int, top: int, bottom: int) -> str:
    """Rows of flowers with buds between them, each stamped by hand."""
    dice, step = random.Random(7), 116
    parts = []
    for row, v in enumerate(range(top, bottom, step // 2)):
        block = flower(MADDER, OCHRE) if row % 2 == 0 else bud(LEAF, MADDER)
        parts += [_stamp(block, u, v, dice) for u in range(step // 2 * (1 + row % 2) - step // 2, width + step, step)]
    return "".join(parts)


def _border(width: int, y: int) -> str:
    """The indigo band along the hem."""
    dice = random.Random(3)
    buds = "".join(_stamp(bud(CLOTH, OCHRE), u, y + 58, dice) for u in range(0, width + 60, 66))
    lines = "".join(
        f'<rect x="-60" y="{y + dy}" width="{width + 120}" height="{h}" fill="{MADDER}"/>'
        for dy, h in ((-22, 9), (130, 9))
    )
    return f'<rect x="-60" y="{y}" width="{width + 120}" height="116" fill="{INDIGO}"/>{lines}{buds}'


def _outline(width: int, length: int) -> str:
    """The cloth hanging from y = 0: straight above, in waves below."""
    hem = " ".join(f"L{_fold(u):.0f} {length + 11 * _light(u):.0f}" for u in range(width, -1, -8))
    left, right = round(_fold(0)), round(_fold(width))
    return f"M{left} 8 Q{left} 0 12 0 L{right - 12} 0 Q{right} 0 {right} 8 {hem}z"


def _folds(width: int) -> str:
    stops = []
    for i in range(81):
        light = _light(width * i / 80)
        colour, strength = ("#fff", 0.2 * light) if light > 0 else ("#2f1a0c", -0.46 * light)
        stops.append(
            f'<stop offset="{_fold(width * i / 80) / _fold(width):.4f}" stop-color="{colour}" '
            f'stop-opacity="{strength:.3f}"/>'
        )
    return f'<linearGradient id="folds">{"".join(stops)}</linearGradient>'


def _hanging(x: int, y: int, width: int, length: int) -> str:
    outline = _outline(width, length)
    layers = "".join(f'<path d="{outline}" fill="url(#{name})"/>' for name in ("stitches", "folds", "over"))
    return f"""{_folds(width)}
<clipPath id="cut"><path d="{outline}"/></clipPath>
<g transform="translate({x} {y})">
<path d="{outline}" transform="translate(58 34)" fill="#2a1508" opacity=".42" filter="url(#soft20)"/>
<path d="{outline}" transform="translate(14 40)" fill="#7d3524"/><path d="{outline}"
transform="translate(14 40)" fill="url(#folds)"/>
<g clip-path="url(#cut)"><path d="{outline}" fill="{CLOTH}"/><g
filter="url(#ink)">{_print(width, 60, length - 190)}{_border(width, length - 165)}</g>
{layers}<rect x="-20" y="0" width="{width + 60}" height="{length + 30}" filter="url(#weave)"
style="mix-blend-mode:multiply" opacity=".5"/></g></g>"""


def whole() -> str:
    """The quilt over a rail on the wall."""
    rail = (
        '<rect x="262" y="176" width="1110" height="30" rx="15" fill="#2a1508" opacity=".4" filter="url(#soft8)"/>'
        '<rect x="240" y="148" width="1120" height="32" rx="16" fill="url(#dowel)"/>'
    )
    return picture(
        room(("#e6dfcd", "#bfb095"), ("#9a6d48", "#6d472d"), edge=1120) + rail + _hanging(390, 142, 800, 860), _DEFS
    )


def _layer(x: float, y: float, width: float, height: float, cloth: str, blocks: str, name: str) -> str:
    shape = f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{height * 0.46:.0f}"/>'
    return f"""<clipPath id="{name}">{shape}</clipPath><g clip-path="url(#{name})">
<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{cloth}"/>
<g transform="translate({x} {y})" filter="url(#ink)">{blocks}</g>
<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="url(#stitches)"/>
<rect x="{x}" y="{y}" width="{width}" height="{height}" filter="url(#weave)" style="mix-blend-mode:multiply"
opacity=".5"/>
<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="url(#roll)"/>
<rect x="{x + width - 130}" y="{y}" width="130" height="{height}" fill="#2a160b" opacity=".3"
filter="url(#soft20)"/></g>"""


def stack() -> str:
    """Three quilts, folded, on a table."""
    dice = random.Random(5)
    prints = (
        (INDIGO, lambda u: _stamp(flower(CLOTH, OCHRE), u, 70, dice)),
        (CLOTH, lambda u: _stamp(flower(MADDER, OCHRE), u, 74, dice)),
        ("#b65a3c", lambda u: _stamp(bud(CLOTH, INDIGO), u, 66, dice)),
    )
    layers = []
    for number, (cloth, block) in enumerate(prints):
        for half in (0, 1):
            y = 888 - (number * 2 + half) * 118
            blocks = "".join(block(u) for u in range(-20 + 50 * half, 1000, 108))
            layers.append(
                _layer(330 + 13 * number - 9 * half, y, 900 - 22 * number, 132, cloth, blocks, f"s{number}{half}")
            )
    dark = (
        '<rect x="320" y="930" width="1000" height="104" rx="50" fill="#1d0d05" opacity=".5" filter="url(#soft20)"/>'
        '<rect x="336" y="985" width="890" height="40" rx="20" fill="#160a04" opacity=".6" filter="url(#soft8)"/>'
    )
    scene = room(("#e7d3c2", "#b8917a"), ("#a87a54", "#74502f"), edge=830)
    return picture(scene + dark + "".join(layers), _DEFS)


def print_from_near() -> str:
    """The cloth itself: block print and running stitch."""
    cloth = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{CLOTH}"/><g filter="url(#ink)">{_print(820, 20, 620)}</g>'
    stitched = f'{cloth}<rect width="{WIDTH}" height="{HEIGHT}" fill="url(#stitches)" opacity=".8"/>'
    weave = (
        f'<rect width="{WIDTH}" height="{HEIGHT}" filter="url(#weave)" style="mix-blend-mode:multiply" opacity=".65"/>'
    )
    light = (
        '<linearGradient id="slant" x1="0" y1="0" x2="1" y2=".8"><stop stop-color="#fff" stop-opacity=".25"/>'
        '<stop offset=".5" stop-color="#fff" stop-opacity="0"/><stop offset="1" stop-color="#3a2010" '
        'stop-opacity=".42"/></linearGradient>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="url(#slant)"/>'
    )
    folds = f'{_folds(800)}<rect x="-20" width="860" height="620" fill="url(#folds)" opacity=".45"/>'
    return picture(f'<g transform="scale(2.05)">{stitched}{folds}</g>{weave}{light}', _DEFS)
