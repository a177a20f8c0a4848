"""Settings of a demo: the Stripe sandbox instead of Stripe, and no email confirmation.

A shop is a demo when it talks to the sandbox. Its pages say that no money is charged.
"""

from .base import env, port

SHOP_DEMO = True
# Whether the worker adds orders from the last 90 days to a new demo.
DEMO_ORDERS = env.bool("DEMO_ORDERS", default=True)
# The sandbox accepts any test key; these two work nowhere else.
STRIPE_SECRET_KEY = "sk_test_sandbox"  # noqa: S105 - not a secret
STRIPE_WEBHOOK_SECRETS = ["whsec_sandbox"]
SANDBOX_PORT = port("SANDBOX_PORT", 8001)
STRIPE_API_BASE = env("SANDBOX_URL", default=f"http://127.0.0.1:{SANDBOX_PORT}")
# The sandbox's address for the browser; inside Docker the shop itself uses another one.
SANDBOX_PUBLIC_URL = env("SANDBOX_PUBLIC_URL", default=f"http://localhost:{SANDBOX_PORT}")
ACCOUNT_EMAIL_VERIFICATION = "none"
# Everyone can read this key here, so production.py refuses it for a shop that is not a demo.
DEMO_SECRET_KEY = "demo-only-public-key-that-signs-the-sessions-of-demo-shops"  # noqa: S105
