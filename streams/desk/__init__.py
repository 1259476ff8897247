"""`touchpoint desk`: the human side of alerts, until the customer has recovered."""
