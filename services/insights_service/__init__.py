"""The insights service: anomalies, recommendations, trends and forecasts."""

from common.http.app import ServiceSpec, create_app

SPEC = ServiceSpec(
    name="insights", title="insights service", description="Anomalies, recommendations, trends and forecasts."
)

app = create_app(SPEC)
