package system

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	bridge "go.opentelemetry.io/contrib/bridges/prometheus"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
)

// ExportMetrics pushes the figures of a registry over OTLP/HTTP, if the standard
// environment names a receiver: OTEL_EXPORTER_OTLP_ENDPOINT or
// OTEL_EXPORTER_OTLP_METRICS_ENDPOINT, not OTEL_SDK_DISABLED=true, and
// OTEL_METRICS_EXPORTER otlp or unset. OTEL_METRIC_EXPORT_INTERVAL, the headers,
// OTEL_SERVICE_NAME and so on mean what they always do. stop pushes a last time.
//
// Nothing on the way of a move knows of it: the figures are read out of the
// registry when a push is due.
func ExportMetrics(ctx context.Context, reg prometheus.Gatherer, log *slog.Logger) (stop func(context.Context) error, err error) {
	if wanted, err := otlpWanted(os.Getenv); !wanted || err != nil {
		return func(context.Context) error { return nil }, err
	}
	exporter, err := otlpmetrichttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("export metrics over OTLP: %w", err)
	}
	about, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "hunt")), resource.WithFromEnv(), resource.WithTelemetrySDK())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("export metrics over OTLP: %w", err), exporter.Shutdown(ctx))
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		log.Warn("metrics were not exported", "err", err)
	}))
	reader := metric.NewPeriodicReader(exporter, metric.WithProducer(bridge.NewMetricProducer(bridge.WithGatherer(reg))))
	provider := metric.NewMeterProvider(metric.WithReader(reader), metric.WithResource(about))
	return func(ctx context.Context) error {
		if err := provider.Shutdown(ctx); err != nil {
			return fmt.Errorf("export the last metrics over OTLP: %w", err)
		}
		return nil
	}, nil
}

// otlpWanted reads the part of the environment that decides whether there is an exporter.
func otlpWanted(env func(string) string) (bool, error) {
	if strings.EqualFold(env("OTEL_SDK_DISABLED"), "true") {
		return false, nil
	}
	endpoint := env("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || env("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT") != ""
	switch kind := env("OTEL_METRICS_EXPORTER"); kind {
	case "", "otlp":
		if !endpoint {
			return false, nil
		}
	case "none":
		return false, nil
	default:
		return false, fmt.Errorf("OTEL_METRICS_EXPORTER=%s: this binary knows otlp and none, and serves Prometheus at /metrics", kind)
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"} {
		if protocol := env(name); protocol != "" {
			if protocol != "http/protobuf" {
				return false, fmt.Errorf("%s=%s: this binary speaks http/protobuf", name, protocol)
			}
			break
		}
	}
	return true, nil
}
