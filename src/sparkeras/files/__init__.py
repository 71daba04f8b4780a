"""Files and folders of this machine: written whole, cached, images."""
