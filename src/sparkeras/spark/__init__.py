"""What Spark is used by: sessions, code in tasks, folders and files, waiting for slots."""
