"""Does the Stripe key have the permissions that the shop needs?"""

from django.utils.translation import gettext as _

from alerts.raising import raise_alert, resolve_alert
from orders.alerts import KEY_LACKS_PERMISSIONS
from stripe_gateway.key_permissions import missing_permissions


def check_key() -> None:
    """Raise an alert if permissions are missing; resolve it if not. Raises GatewayError."""
    if missing := missing_permissions():
        raise_alert(KEY_LACKS_PERMISSIONS, problem_with_key(missing))
    else:
        resolve_alert(KEY_LACKS_PERMISSIONS)


def problem_with_key(missing: list[str]) -> str:
    """What the key lacks, in a sentence."""
    return _("The key lacks: %(permissions)s.") % {"permissions": ", ".join(missing)}
