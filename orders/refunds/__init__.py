"""Refunds and disputes.

In: what staff want to refund, or what Stripe reports about refunds and disputes. Out: `Refund` and
`Dispute` rows, the order's payment status, its timeline, alerts, and refunds at Stripe.
"""
