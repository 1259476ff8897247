"""Pure: who is told of a case, when, and why not; all of it functions of policy, case and time."""
