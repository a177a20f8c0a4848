"""The room the demo pictures are taken in: plaster wall, wooden table, light from a window at the left. As SVG."""

WIDTH, HEIGHT = 1600, 1200

_FILTERS = """
<filter id="plaster" x="0" y="0" width="100%" height="100%">
<feTurbulence type="fractalNoise" baseFrequency=".006 .008" numOctaves="5" seed="4" result="n"/>
<feDiffuseLighting in="n" surfaceScale="9" diffuseConstant="1.05" lighting-color="#fff"><feDistantLight
azimuth="215" elevation="62"/></feDiffuseLighting>
</filter>
<filter id="grain" x="0" y="0" width="100%" height="100%">
<feTurbulence type="fractalNoise" baseFrequency=".0022 .07" numOctaves="5" seed="11" stitchTiles="noStitch"/>
<feColorMatrix values="0 0 0 0 .23  0 0 0 0 .12  0 0 0 0 .05  3.2 0 0 0 -1.25"/>
</filter>
<filter id="soft3" x="-30%" y="-30%" width="160%" height="160%"><feGaussianBlur stdDeviation="3"/></filter>
<filter id="soft8" x="-20%" y="-100%" width="140%" height="300%"><feGaussianBlur stdDeviation="8"/></filter>
<filter id="soft20" x="-50%" y="-50%" width="200%" height="200%"><feGaussianBlur stdDeviation="20"/></filter>
<filter id="soft45" x="-50%" y="-50%" width="200%" height="200%"><feGaussianBlur stdDeviation="45"/></filter>
"""


def picture(body: str, defs: str = "") -> str:
    """A whole SVG document around the drawing."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f"<defs>{_FILTERS}{defs}</defs>{body}</svg>"
    )


def room(wall: tuple[str, str], table: tuple[str, str], edge: int = 800) -> str:
    """Wall (lit and shaded colour) above a wooden table (far and near colour) whose back edge lies at y = `edge`."""
    depth = HEIGHT - edge
    return f"""
<linearGradient id="wall" x1="0" y1="0" x2="1" y2=".55"><stop stop-color="{wall[0]}"/><stop offset="1"
stop-color="{wall[1]}"/></linearGradient>
<linearGradient id="table" x1="0" y1="0" x2="0" y2="1"><stop stop-color="{table[0]}"/><stop offset="1"
stop-color="{table[1]}"/></linearGradient>
<radialGradient id="pool" cx=".3" cy=".35" r=".8"><stop stop-color="#fff" stop-opacity=".4"/><stop offset="1"
stop-color="#fff" stop-opacity="0"/></radialGradient>
<rect width="{WIDTH}" height="{edge}" fill="url(#wall)"/>
<rect width="{WIDTH}" height="{edge}" filter="url(#plaster)" style="mix-blend-mode:multiply" opacity=".55"/>
<rect width="{WIDTH}" height="{edge}" fill="url(#pool)"/>
{window_light(edge)}
<rect y="{edge}" width="{WIDTH}" height="{depth}" fill="url(#table)"/>
<rect y="{edge}" width="{WIDTH}" height="{depth}" filter="url(#grain)" opacity=".55"/>
<linearGradient id="skirt" x1="0" y1="0" x2="0" y2="1"><stop stop-color="#2a140a" stop-opacity="0"/><stop
offset="1" stop-color="#2a140a" stop-opacity=".3"/></linearGradient>
<rect y="{edge - 90}" width="{WIDTH}" height="90" fill="url(#skirt)"/>
<rect y="{edge}" width="{WIDTH}" height="3" fill="#fff" opacity=".22"/>
"""


def window_light(edge: int) -> str:
    """The window's panes on the wall, slanting and soft."""
    panes = "".join(
        f'<path d="M{x} {y} l190 -34 l0 250 l-190 34z"/>' for x in (930, 1150) for y in (150, 430) if y + 200 < edge
    )
    return f'<g fill="#fff6df" opacity=".42" filter="url(#soft8)" transform="skewX(-9) translate(110 0)">{panes}</g>'


def shadow(x: float, y: float, radius: float, length: float = 2.1, strength: float = 0.5) -> str:
    """What a thing of this radius, standing at x, y, throws to the right, and the dark line below its foot."""
    return (
        f'<ellipse cx="{x + radius * (length - 1):.0f}" cy="{y + 8:.0f}" rx="{radius * length:.0f}" '
        f'ry="{radius * 0.27:.0f}" '
        f'fill="#1d0d05" opacity="{strength}" filter="url(#soft20)"/>'
        f'<ellipse cx="{x + 6:.0f}" cy="{y + 5:.0f}" rx="{radius * 1.04:.0f}" ry="{radius * 0.26:.0f}" '
        f'fill="#160a04" opacity=".6" '
        'filter="url(#soft8)"/>'
    )
