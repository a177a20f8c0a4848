"""The views of basket, checkout, orders and webhook: each parses the request, calls one function
and responds.
"""
