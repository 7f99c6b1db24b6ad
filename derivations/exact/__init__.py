"""Exact arithmetic: the ring of letters, the exact worlds over it, exact linear algebra."""
