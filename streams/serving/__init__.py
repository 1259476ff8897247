"""What the desk and the gateway have in common as web servers; it knows neither touchpoints nor cases."""
