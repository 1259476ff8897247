"""The whole system on one machine: a broker, a worker, four weeks of touchpoints, and what came of them."""
