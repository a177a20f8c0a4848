"""What happens to the goods of an order: they are shipped, replaced, held, cancelled or returned.

In: what staff decided. Out: `Shipment` and `ReturnedGoods` rows, movements of stock, the order's
fulfilment status and its timeline.
"""
