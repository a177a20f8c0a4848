"""The admin screens of orders, customers, stock, sales and payments."""
