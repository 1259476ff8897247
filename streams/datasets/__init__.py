"""Real tables and made journeys, written as touchpoints."""
