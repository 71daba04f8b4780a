"""What a training needs, looked at before it: findings in plain words, each with the setting that mends it."""
