"""The outbox: every email of the shop is a row, written with its cause and sent by the worker."""
