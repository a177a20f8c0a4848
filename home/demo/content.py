"""The texts, prices, pictures and users of the demo shop."""

from dataclasses import dataclass

SHOP = {
    "name": "VipraTech",
    "contact_email": "hello@example.com",
    "legal_name": "VipraTech (a demo)",
    "legal_address": "1 Example Street\n110001 New Delhi\nIndia",
    "footer_text": "Three small workshops in Rajasthan and Delhi.",
}
HERO_TITLE = "Made by hand, for every day"
HERO_TEXT = "Brass, cotton and clay from three small workshops: things for the home that are used daily and kept for years."
INDEX_INTRO = "Three things we make well. Each is finished by one person, from the first cut to the last polish."


@dataclass(frozen=True)
class Picture:
    """A file of home/demo/pictures, without its extension, and its alt text."""

    file: str
    alt: str


@dataclass(frozen=True)
class DemoProduct:
    """One product page.

    The slug identifies it: a page that an editor renamed or deleted is not created again.
    """

    title: str
    slug: str
    summary: str
    price: str
    picture: Picture
    gallery: tuple[Picture, ...]
    # Heading and paragraphs (HTML).
    story: tuple[tuple[str, str], ...]
    specifications: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class DemoUser:
    """A user whose password is PASSWORD. `group` is the name of an existing group, or empty."""

    email: str
    group: str = ""
    superuser: bool = False


PASSWORD = "demo-password"  # noqa: S105 - demo shops only, and shown to everybody
USERS = (
    DemoUser("admin@example.com", superuser=True),
    DemoUser("editor@example.com", group="Price editors"),
    DemoUser("orders@example.com", group="Order desk"),
    DemoUser("shopper@example.com"),
)

PRODUCTS = (
    DemoProduct(
        title="Brass Lamp",
        slug="brass-lamp",
        summary="A standing oil lamp for five wicks, turned from solid brass and polished by hand.",
        price="1499.00",
        picture=Picture("brass-lamp", "Brass oil lamp with five burning wicks on a wooden table"),
        gallery=(
            Picture(
                "brass-lamp-flames", "Close-up of the bowl of the lamp: five flames around the stem"
            ),
            Picture("brass-lamp-pair", "Two unlit brass lamps, one behind the other"),
        ),
        story=(
            (
                "Light for the evening",
                "<p>Fill the bowl with oil, lay five cotton wicks in it, and the lamp burns for about three hours. "
                "The foot is heavy enough to stand safely where children and cats pass by.</p>",
            ),
            (
                "How it is made",
                "<p>Foot, stem and bowl are cast in sand, turned on a lathe and screwed together, so that the lamp "
                "comes apart for cleaning. Nothing is lacquered: the brass darkens with the years, and tamarind or "
                "lemon brings back the shine.</p>",
            ),
        ),
        specifications=(
            ("Material", "Solid brass"),
            ("Height", "32 cm"),
            ("Bowl", "18 cm across, five wicks"),
            ("Weight", "1.4 kg"),
            ("In the box", "Lamp, ten cotton wicks"),
        ),
    ),
    DemoProduct(
        title="Block-Print Quilt",
        slug="block-print-quilt",
        summary="A light cotton quilt, printed with carved wooden blocks and quilted in running stitch.",
        price="2499.00",
        picture=Picture(
            "quilt", "Cream quilt with red flowers and an indigo border, hanging over a wooden rail"
        ),
        gallery=(
            Picture(
                "quilt-print",
                "Close-up of the print: red flowers, green leaves and rows of running stitch",
            ),
            Picture("quilt-stack", "Folded quilts in indigo, cream and madder red, in a stack"),
        ),
        story=(
            (
                "Warm enough, never heavy",
                "<p>Two layers of cotton with a thin cotton filling: right for air-conditioned rooms, cool nights and "
                "long train rides. It grows softer with every wash.</p>",
            ),
            (
                "How it is made",
                "<p>A printer sets each block by eye, some four hundred times for one quilt. Look closely and you see "
                "where two blocks meet. The reds and blues are fixed in the sun and rinsed three times.</p>"
                "<ul><li>Wash it cold, and separately the first time.</li><li>Dry it in the shade.</li></ul>",
            ),
        ),
        specifications=(
            ("Material", "Cotton, outside and inside"),
            ("Size", "150 × 220 cm"),
            ("Weight", "900 g"),
            ("Care", "Machine wash cold"),
        ),
    ),
    DemoProduct(
        title="Stoneware Tea Set",
        slug="stoneware-tea-set",
        summary="A pot and two cups with saucers, thrown on the wheel and glazed the colour of a monsoon sea.",
        price="899.50",
        picture=Picture("tea-set", "Blue-green teapot and two cups of chai on saucers"),
        gallery=(
            Picture(
                "tea-set-cups",
                "Two cups of steaming chai, the lower part of each cup left unglazed",
            ),
            Picture("tea-set-pot", "Close-up of the teapot, its glaze speckled with iron"),
        ),
        story=(
            (
                "For two, and for the second cup",
                "<p>The pot holds four cups. Its spout is cut sharp so that the last drop goes back, and the lid "
                "stays on when you pour to the end.</p>",
            ),
            (
                "How it is made",
                "<p>Each piece is thrown on a wheel, dipped in glaze down to the foot and fired at 1,240 °C. "
                "Iron in the clay comes through as fine specks; no two sets are the same.</p>",
            ),
        ),
        specifications=(
            ("Material", "Stoneware, lead-free glaze"),
            ("Pot", "700 ml"),
            ("Cups", "Two, 160 ml each, with saucers"),
            ("Care", "Dishwasher and microwave safe"),
        ),
    ),
)
