"""A local stand-in for Stripe: an API for the real ``stripe`` library, a payment page, signed
webhooks.

Standard library only, and ignorant of whoever talks to it. No money moves here.

    python -m sandbox                        a server of its own, configured by the environment (see __main__)
    from sandbox.server import Sandbox       the same server inside a test

Reading order: server → web → api → routes → products, prices, sessions, payments, charges, bank →
state. What people see is payment_page, challenge and control_page; what goes wrong on purpose is
trouble and chaos.
"""
