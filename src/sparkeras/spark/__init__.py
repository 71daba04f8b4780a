"""Spark's plumbing: sessions, code in tasks, folders and files, waiting for slots."""
