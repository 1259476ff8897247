"""The pages that the desk serves: drawn here, complete without a script, alive with one."""
