//! Copying records to an OpenTelemetry collector, by OTLP/HTTP.
