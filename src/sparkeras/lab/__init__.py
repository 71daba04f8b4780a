"""The lab: pages in the browser to draw for a network, play with one, watch trainings, and take the course.

Runs on: driver.

``app`` adds its pages and operations to the model server's; ``drawing``, ``playground``, ``runs_api`` and ``lessons``
are the operations. ``pages`` holds what the browser gets: plain HTML, CSS and JavaScript modules, nothing of which
comes from elsewhere; what all pages share lies in ``serving/pages``.
"""
