"""What a demo adds: the sandbox instead of Stripe, keys that open nothing, and no e-mail to confirm.

A shop is a demo when it talks to the sandbox, and every page of it says that no money moves.
"""

from .base import env, port

SHOP_DEMO = True
# Any test key opens the sandbox; these two open nothing else.
STRIPE_SECRET_KEY = "sk_test_sandbox"  # noqa: S105 - not a secret: the sandbox takes every test key
STRIPE_WEBHOOK_SECRETS = ["whsec_sandbox"]
SANDBOX_PORT = port("SANDBOX_PORT", 8001)
STRIPE_API_BASE = env("SANDBOX_URL", default="") or f"http://127.0.0.1:{SANDBOX_PORT}"
# Where the browser finds the sandbox's payment page: inside Docker it is another address than the shop's.
SANDBOX_PUBLIC_URL = env("SANDBOX_PUBLIC_URL", default="") or f"http://localhost:{SANDBOX_PORT}"
ACCOUNT_EMAIL_VERIFICATION = "none"
