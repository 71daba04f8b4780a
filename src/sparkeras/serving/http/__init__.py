"""HTTP for the model server and the lab: requests, answers, limits, the guard."""
