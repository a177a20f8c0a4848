"""The settings that owners edit in the admin, such as name, emails, appearance and legal pages."""
