"""Files and folders of this machine: atomic writes, the cache folder, image files."""
