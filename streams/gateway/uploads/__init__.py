"""Files of touchpoints that arrive in parts: resumed where the line broke, worked through once they are whole."""
