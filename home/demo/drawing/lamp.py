"""The brass lamp: the whole, its lit bowl from near, and a pair unlit."""

from home.demo.drawing import turned
from home.demo.drawing.room import picture, room, shadow

_FOOT = (
    (0, 0), (0, 0), (196, 0), (204, 8), (204, 20), (196, 28), (196, 28), (186, 30), (150, 48), (150, 48), (146, 62),
    (132, 72), (84, 92), (52, 122), (44, 134), (44, 134), (58, 140), (60, 150), (46, 158), (30, 166), (26, 200),
    (27, 236), (27, 236), (46, 244), (54, 258), (46, 272), (28, 280), (28, 280), (25, 330), (28, 380), (28, 380),
    (50, 388), (62, 406), (50, 424), (30, 432), (30, 432), (34, 446), (70, 462), (150, 486), (214, 520), (222, 530),
    (222, 530), (220, 537), (214, 538),
)  # fmt: skip
_BOWL = ((214, 538), (214, 538), (206, 530), (160, 514), (150, 512))
_STEM = (
    (36, 508), (36, 508), (34, 540), (24, 556), (24, 556), (44, 564), (52, 580), (42, 596), (24, 606), (20, 640),
    (30, 662), (44, 690), (36, 720), (14, 742), (10, 756), (10, 756), (18, 764), (20, 776), (10, 790), (1, 800),
)  # fmt: skip
_DEFS = """
<radialGradient id="oil" cx=".38" cy=".3" r=".8"><stop stop-color="#e0a13c"/><stop offset=".5" stop-color="#a5651a"/>
<stop offset="1" stop-color="#5e330c"/></radialGradient>
<radialGradient id="glow"><stop stop-color="#ffd37a" stop-opacity=".75"/><stop offset=".35"
stop-color="#ffb84d" stop-opacity=".28"/>
<stop offset="1" stop-color="#ffb84d" stop-opacity="0"/></radialGradient>
<linearGradient id="flame" x1="0" y1="1" x2="0" y2="0"><stop stop-color="#5b7fd0" stop-opacity=".55"/><stop
offset=".14" stop-color="#ff9a2e"/>
<stop offset=".5" stop-color="#ffd257"/><stop offset="1" stop-color="#fff3c4"/></linearGradient>
"""


def _flame(x: float, y: float, size: float = 1.0) -> str:
    return (
        f'<g transform="translate({x:.0f} {y:.0f}) scale({size})"><ellipse cy="-34" rx="150" ry="150" '
        f'fill="url(#glow)"/>'
        '<path d="M-3 12 Q0 0 3 12z" stroke="#3b2413" stroke-width="5"/>'
        '<path d="M0 6 C-19 -2 -21 -28 -9 -50 C-4 -62 -1 -72 2 -86 C5 -68 15 -50 17 -30 C18 -10 12 3 0 6z" '
        'fill="url(#flame)"/>'
        '<path d="M0 2 C-8 -4 -8 -20 -2 -32 C6 -22 8 -6 0 2z" fill="#fffbe8" opacity=".9"/></g>'
    )


def _lamp(x: float, y: float, name: str, lit: bool) -> str:
    foot = shadow(x, y, 200) + turned.turn(_FOOT, x, y, turned.brass, f"{name}f")
    bowl = turned.turn(_BOWL, x, y, turned.brass, f"{name}b")
    oil = turned.ellipse(x, y - 513, 156, "url(#oil)") if lit else ""
    back = _flame(x - 96, y - 555, 0.8) + _flame(x + 96, y - 555, 0.8) if lit else ""
    stem = turned.turn(_STEM, x, y, turned.brass, f"{name}s")
    front = _flame(x - 128, y - 502) + _flame(x, y - 482) + _flame(x + 128, y - 502) if lit else ""
    return foot + bowl + oil + back + stem + front


def whole() -> str:
    """The lamp, lit, on a table."""
    scene = room(("#ecdcc4", "#b98f68"), ("#8d5d3b", "#5f3a22"), edge=860)
    return picture(f'{scene}<g transform="translate(-92 -130) scale(1.15)">{_lamp(760, 1030, "l", True)}</g>', _DEFS)


def bowl() -> str:
    """Five flames in the bowl, from near."""
    scene = room(("#cfb594", "#8f6540"), ("#8d5d3b", "#5f3a22"), edge=1130)
    return picture(f'{scene}<g transform="translate(-720 -610) scale(2)">{_lamp(760, 1150, "l", True)}</g>', _DEFS)


def pair() -> str:
    """Two lamps, unlit, one nearer."""
    scene = room(("#d6dccd", "#a3a98f"), ("#8d5d3b", "#5f3a22"), edge=800)
    far = f'<g transform="translate(130 190) scale(.74)">{_lamp(400, 960, "m", False)}</g>'
    return picture(scene + far + _lamp(980, 1050, "l", False), _DEFS)
