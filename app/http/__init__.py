"""What the interface for programs and the pages for people share of HTTP: bodies, problems, idempotency, routes."""
