"""How dates are written, where Django's own formats are not what the shop wants."""
