"""The floor under every login: a user whose e-mail is the login name."""
