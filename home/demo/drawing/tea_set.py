"""The stoneware tea set: pot and cups on a table, two cups of chai from near, the pot alone."""

from home.demo.drawing import turned
from home.demo.drawing.room import picture, room, shadow

_GLAZE = (0.36, 0.47, 0.47)  # the blue-green of an unripe mango's shade
_CLAY = (0.74, 0.5, 0.36)
_glaze = turned.stoneware(_GLAZE, gloss=0.55)
_clay = turned.stoneware(_CLAY, gloss=0.04)

_POT_FOOT = ((0, 0), (0, 0), (128, 0), (132, 6), (132, 14), (150, 40), (168, 62), (168, 62))
_POT = (
    (168, 62),
    (168, 62),
    (205, 110),
    (226, 170),
    (222, 232),
    (186, 286),
    (128, 316),
    (104, 322),
    (104, 322),
    (100, 316),
)
_LID = (
    (112, 318), (112, 318), (112, 328), (96, 344), (58, 360), (26, 368), (16, 376), (16, 376), (26, 388), (30, 402),
    (22, 416), (8, 422), (1, 423),
)  # fmt: skip
_CUP_FOOT = ((0, 0), (0, 0), (62, 0), (66, 6), (68, 22), (74, 52), (74, 52))
_CUP = ((74, 52), (74, 52), (84, 100), (92, 150), (98, 184), (98, 184), (97, 188))
_SAUCER = (
    (0, 0),
    (0, 0),
    (70, 0),
    (74, 5),
    (74, 5),
    (120, 14),
    (158, 26),
    (161, 29),
    (158, 31),
    (158, 31),
    (120, 20),
    (74, 13),
)
_DEFS = """
<linearGradient id="limb" x1="0" y1="0" x2=".25" y2="1"><stop stop-color="#86a3a1"/><stop offset=".35"
stop-color="#5f7c7b"/>
<stop offset="1" stop-color="#2c3f40"/></linearGradient>
<radialGradient id="chai" cx=".42" cy=".35" r=".75"><stop stop-color="#d9a46c"/><stop offset=".6" stop-color="#b9783f"/>
<stop offset="1" stop-color="#7d4a20"/></radialGradient>
<linearGradient id="inside"><stop stop-color="#1f3133"/><stop offset=".45" stop-color="#36504f"/><stop
offset="1" stop-color="#6f8c8a"/></linearGradient>
<filter id="speckle" x="0" y="0" width="100%" height="100%"><feTurbulence
type="fractalNoise" baseFrequency=".2" numOctaves="2" seed="8"/>
<feColorMatrix values="0 0 0 0 .012  0 0 0 0 .008  0 0 0 0 .006  0 9 0 0 -6.3"/></filter>
<filter id="steam" x="-50%" y="-20%" width="200%" height="140%"><feTurbulence
type="fractalNoise" baseFrequency=".012" numOctaves="2" seed="3" result="n"/>
<feDisplacementMap in="SourceGraphic" in2="n" scale="70"/><feGaussianBlur stdDeviation="11"/></filter>
"""


def _speckled(drawing: str, box: tuple[float, float, float, float], name: str) -> str:
    """Iron specks, only where the drawing is."""
    x, y, width, height = box
    return (
        f'<g id="{name}">{drawing}</g><mask id="{name}m" style="mask-type:alpha"><use href="#{name}"/></mask>'
        f'<g mask="url(#{name}m)"><rect x="{x}" y="{y}" width="{width}" height="{height}" '
        f'filter="url(#speckle)" opacity=".6"/></g>'
    )


def _limb(path: str, width: float) -> str:
    """A handle or spout: a rounded stroke, dark below and bright above."""
    return (
        f'<g fill="none" stroke-linecap="round"><path d="{path}" stroke="#2b3d3e" stroke-width="{width}"/>'
        f'<path d="{path}" stroke="#5b7776" stroke-width="{width * 0.8}" transform="translate(-2 -2)"/>'
        f'<path d="{path}" stroke="#7d9a98" stroke-width="{width * 0.4}" transform="translate(-4 -4)" '
        f'filter="url(#soft3)"/>'
        f'<path d="{path}" stroke="#dfeae6" stroke-width="{width * 0.12}" transform="translate(-6 -6)" '
        f'opacity=".7" filter="url(#soft3)"/></g>'
    )


def _spout(x: float, y: float) -> str:
    outline = (
        f"M{x + 150} {y - 124} C{x + 262} {y - 132} {x + 262} {y - 236} {x + 322} {y - 300} L{x + 352} {y - 284} "
        f"C{x + 318} {y - 210} {x + 316} {y - 84} {x + 120} {y - 74}z"
    )
    light = f"M{x + 206} {y - 120} C{x + 278} {y - 136} {x + 276} {y - 226} {x + 328} {y - 288}"
    return (
        f'<path d="{outline}" fill="url(#limb)"/>'
        f'<path d="{light}" fill="none" stroke="#cfdfdb" stroke-width="9" opacity=".5" filter="url(#soft3)"/>'
        f'<ellipse cx="{x + 337}" cy="{y - 292}" rx="17" ry="7" transform="rotate(27 {x + 337} {y - 292})" '
        f'fill="#1d2b2c" stroke="#7f9b98" stroke-width="4"/>'
    )


def _pot(x: float, y: float) -> str:
    handle = _limb(f"M{x - 168} {y - 268} C{x - 330} {y - 330} {x - 360} {y - 120} {x - 196} {y - 108}", 34)
    body = turned.turn(_POT_FOOT, x, y, _clay, "pf") + turned.turn(_POT, x, y, _glaze, "p")
    whole = handle + _spout(x, y) + body + turned.turn(_LID, x, y, _glaze, "pl")
    return shadow(x, y, 150, 2.4) + _speckled(whole, (x - 380, y - 460, 760, 520), "pot")


def _cup(x: float, y: float, name: str) -> str:
    plate = shadow(x, y, 96, 1.9) + turned.turn(_SAUCER, x, y, _glaze, f"{name}s")
    foot = turned.turn(_CUP_FOOT, x, y - 12, _clay, f"{name}f")
    body = foot + turned.turn(_CUP, x, y - 12, _glaze, f"{name}c")
    return (
        plate + _speckled(body, (x - 110, y - 260, 220, 300), f"{name}g") + _chai(x, y - 198, name) + _rim(x, y - 200)
    )


def _chai(x: float, y: float, name: str) -> str:
    """Tea a finger below the opening at x, y; the near wall hides the rest of it."""
    opening = turned.ellipse(x, y, 93, "url(#inside)")
    tea = turned.ellipse(x, y + 15, 87.5, "url(#chai)") + turned.ellipse(
        x - 24, y + 9, 30, "#f3d3a4", 'opacity=".35" filter="url(#soft3)"'
    )
    return f'<clipPath id="{name}o">{opening}</clipPath>{opening}<g clip-path="url(#{name}o)">{tea}</g>'


def _rim(x: float, y: float) -> str:
    """The unglazed lip in front of the tea."""
    return (
        f'<path d="M{x - 97:.0f} {y} A97 {97 * turned.TILT:.1f} 0 0 0 {x + 97:.0f} {y}" fill="none" '
        f'stroke="#b9835f" stroke-width="4" opacity=".85"/>'
        f'<path d="M{x - 97:.0f} {y} A97 {97 * turned.TILT:.1f} 0 0 1 {x + 97:.0f} {y}" fill="none" '
        f'stroke="#8e5f42" stroke-width="3.5" opacity=".8"/>'
    )


def _steam(x: float, y: float) -> str:
    path = f"M{x} {y} q-26 -70 6 -130 t-4 -130"
    return f'<path d="{path}" fill="none" stroke="#fff" stroke-width="20" opacity=".38" filter="url(#steam)"/>'


def whole() -> str:
    """Pot and two cups on a table."""
    scene = room(("#eee0cb", "#cda987"), ("#a87a54", "#7b5234"), edge=780)
    things = _pot(620, 930) + _cup(1110, 900, "a") + _steam(1110, 690) + _cup(930, 1080, "b") + _steam(930, 870)
    return picture(scene + f'<g transform="translate(-110 -130) scale(1.12)">{things}</g>', _DEFS)


def cups() -> str:
    """Two cups of chai from near."""
    scene = room(("#dfe3d6", "#a9b09a"), ("#a87a54", "#7b5234"), edge=560)
    far = f'<g transform="translate(330 60) scale(1.5)">{_cup(520, 470, "a")}{_steam(520, 260)}</g>'
    near = f'<g transform="translate(-420 -560) scale(2)">{_cup(520, 790, "b")}{_steam(520, 570)}</g>'
    return picture(scene + far + near, _DEFS)


def pot() -> str:
    """The pot alone, from near."""
    scene = room(("#e9cfc0", "#b98a70"), ("#a87a54", "#7b5234"), edge=830)
    return picture(f'{scene}<g transform="translate(-270 -500) scale(1.7)">{_pot(620, 900)}</g>', _DEFS)
