"""Made-up persons and whole stories for demonstrations, tests at full size and measurements; no real person is here."""
