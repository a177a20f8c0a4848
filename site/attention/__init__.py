"""The floor under everything a person should look at: one open row per cause. Knows no app."""
