"""Things turned on a wheel or a lathe, as SVG: a profile is swept round and every slice of it is shaded.

Each slice is an ellipse, painted from the foot upwards, so that upper slices cover lower ones as they do to the eye.
Its colours come from the surface's direction at that height: mirrored light for brass, scattered light for stoneware.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

Vector = tuple[float, float, float]
Colour = tuple[float, float, float]
Shade = Callable[[Vector], Colour]
# Radius and height above the foot, in picture units; a repeated point makes an edge.
Point = tuple[float, float]
Profile = Sequence[Point]

TILT = 0.24  # how far the eye looks down: the flatness of every ellipse
_EYE: Vector = (0.0, TILT, math.sqrt(1 - TILT**2))
_WINDOW: Vector = (-0.62, 0.52, 0.59)
_RIM: Vector = (0.93, 0.2, 0.31)
_STOPS = 26
_STEP = 1.6


def dot(a: Vector, b: Vector) -> float:
    """The scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _smooth(low: float, high: float, x: float) -> float:
    t = min(max((x - low) / (high - low), 0.0), 1.0)
    return t * t * (3 - 2 * t)


def _mirror(n: Vector) -> Vector:
    along = 2 * dot(n, _EYE)
    return (along * n[0] - _EYE[0], along * n[1] - _EYE[1], along * n[2] - _EYE[2])


def brass(n: Vector) -> Colour:
    """Polished brass in a room with a window at the left and a bright wall at the right."""
    r = _mirror(n)
    room = 0.2 + 0.42 * _smooth(-0.15, 0.9, r[1]) + 0.2 * _smooth(0.0, 1.0, r[2])
    table = 0.2 * _smooth(0.0, -0.8, r[1])
    window = 0.95 * _smooth(0.72, 0.9, dot(r, _WINDOW))
    rim = 0.42 * _smooth(0.8, 0.97, dot(r, _RIM))
    dark = 1 - 0.55 * _smooth(0.32, 0.0, abs(r[0] - 0.3)) * _smooth(0.5, -0.3, r[1])
    light = (room + table) * dark + window + rim
    glare = _smooth(0.85, 1.5, light)
    return (
        min(1.02 * light**0.85 + 0.1 * glare, 1.0),
        min(0.80 * light**0.95 + 0.2 * glare, 1.0),
        min(0.40 * light**1.15 + 0.42 * glare, 1.0),
    )


def stoneware(albedo: Colour, gloss: float = 0.3) -> Shade:
    """Glazed clay of this colour; `gloss` from 0 (bisque) to 1 (wet)."""

    def shade(n: Vector) -> Colour:
        scattered = 0.36 + 0.62 * max(dot(n, _WINDOW) * 0.8 + 0.2, 0.0) + 0.12 * max(n[1], 0.0)
        bounce = 0.10 * max(dot(n, _RIM), 0.0)
        r = _mirror(n)
        shine = gloss * (0.55 * _smooth(0.86, 0.99, dot(r, _WINDOW)) + 0.12 * _smooth(0.9, 1.0, dot(r, _RIM)))
        return tuple(min(c * (scattered + bounce) + shine, 1.0) for c in albedo)  # type: ignore[return-value]  # three in, three out

    return shade


def hexadecimal(colour: Colour) -> str:
    """A colour of 0 to 1 as SVG writes it."""
    return "#" + "".join(f"{round(255 * min(max(c, 0.0), 1.0)):02x}" for c in colour)


def smooth(points: Profile, per_piece: int = 14) -> list[Point]:
    """Round off a profile (Catmull-Rom); repeated points stay edges."""
    padded = [points[0], *points, points[-1]]
    line: list[Point] = []
    for p0, p1, p2, p3 in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        if p1 != p2:
            line += [_between(p0, p1, p2, p3, i / per_piece) for i in range(per_piece)]
    return [*line, points[-1]]


def _between(
    p0: Sequence[float], p1: Sequence[float], p2: Sequence[float], p3: Sequence[float], t: float
) -> tuple[float, float]:
    def axis(a: float, b: float, c: float, d: float) -> float:
        return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)

    return axis(p0[0], p1[0], p2[0], p3[0]), axis(p0[1], p1[1], p2[1], p3[1])


@dataclass(frozen=True)
class Slice:
    """One ring of the surface: radius, height, and how it leans (outward and upward part of its direction)."""

    radius: float
    height: float
    outward: float
    upward: float


def slices(points: Profile) -> Iterator[Slice]:
    """Cut a profile into rings of even thickness along the surface, from the foot upwards."""
    line = smooth(points)
    for (r0, h0), (r1, h1) in zip(line, line[1:], strict=False):
        length = math.hypot(r1 - r0, h1 - h0)
        if length == 0:
            continue
        outward, upward = (h1 - h0) / length, (r0 - r1) / length
        for i in range(max(round(length / _STEP), 1)):
            t = i * _STEP / length
            yield Slice(r0 + (r1 - r0) * t, h0 + (h1 - h0) * t, outward, upward)


def turn(points: Profile, x: float, y: float, shade: Shade, name: str) -> str:
    """Draw the profile as a body standing at x, y (the middle of its foot)."""
    parts = []
    for number, ring in enumerate(slices(points)):
        gradient = f"{name}{number}"
        parts.append(_gradient(gradient, ring, shade))
        parts.append(ellipse(x, y - ring.height, ring.radius, f"url(#{gradient})"))
    return "".join(parts)


def ellipse(x: float, y: float, radius: float, fill: str, extra: str = "") -> str:
    """A circle lying flat, as the eye sees it."""
    return f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{radius:.1f}" ry="{radius * TILT:.1f}" fill="{fill}" {extra}/>'


def _gradient(name: str, ring: Slice, shade: Shade) -> str:
    stops = []
    for i in range(_STOPS + 1):
        side = -1 + 2 * i / _STOPS
        # Of a hollow one sees the far wall, which faces the eye.
        front = math.copysign(math.sqrt(1 - side * side), ring.outward)
        colour = shade((ring.outward * side, ring.upward, ring.outward * front))
        stops.append(f'<stop offset="{i / _STOPS:.3f}" stop-color="{hexadecimal(colour)}"/>')
    return f'<linearGradient id="{name}">{"".join(stops)}</linearGradient>'
