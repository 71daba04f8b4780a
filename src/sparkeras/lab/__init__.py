"""The lab: pages in the browser on which one draws, plays, watches and asks a model, and the server behind them.

Runs on: driver.

``app`` puts it together over ``serving.http``; ``playground`` and its neighbours are what it can do. ``pages`` holds
what the browser gets: plain HTML, CSS and JavaScript modules, nothing of which comes from elsewhere.
"""
