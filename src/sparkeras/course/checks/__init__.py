"""The exercises of each lesson, one file each."""
