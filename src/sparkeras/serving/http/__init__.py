"""HTTP for the model server and the lab: requests, responses, limits, the guard."""
