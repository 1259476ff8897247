"""The dashboards as code: `make dashboards` writes them as JSON, which Grafana is provisioned with."""
