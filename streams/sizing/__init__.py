"""How much of everything a deployment needs: pure arithmetic from measured figures."""
