{{/* Names, labels and what every pod has in common. Called with (dict "root" $ "component" "worker") where a component is meant. */}}

{{- define "tracker.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end }}
{{- end }}

{{- define "tracker.full" -}}
{{ include "tracker.name" .root | trunc 50 | trimSuffix "-" }}-{{ .component }}
{{- end }}

{{- define "tracker.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "tracker.labels" -}}
{{ include "tracker.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- define "tracker.image" -}}
{{- $image := .Values.image -}}
{{ $image.repository }}{{ if $image.digest }}@{{ $image.digest }}{{ else }}:{{ $image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{/* Of a pod. Service links are off because those of a release named `touchpoint` would be TOUCHPOINT_GATEWAY_PORT=tcp://… */}}
{{- define "tracker.pod" -}}
serviceAccountName: {{ include "tracker.full" . }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "tracker.spread" -}}
topologySpreadConstraints:
  {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{ include "tracker.selector" $ | nindent 8 }}
  {{- end }}
{{- end }}

{{- define "tracker.container" -}}
image: {{ include "tracker.image" .root }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext: {{ include "tracker.confined" . | nindent 2 }}
{{- end }}

{{- define "tracker.confined" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* Variables of every component that speaks to Kafka. */}}
{{- define "tracker.env" -}}
- { name: TOUCHPOINT_BOOTSTRAP_SERVERS, value: {{ required "kafka.bootstrapServers: say where Kafka is, host:port,host:port" .root.Values.kafka.bootstrapServers | quote }} }
- { name: TOUCHPOINT_LOG_LEVEL, value: {{ .root.Values.logs.level | quote }} }
- { name: TOUCHPOINT_LOG_FORMAT, value: {{ .root.Values.logs.format | quote }} }
- { name: TOUCHPOINT_DATA_DIR, value: /var/lib/touchpoint }
{{- $security := .root.Values.kafka.security }}
{{- if ne $security.protocol "PLAINTEXT" }}
- { name: TOUCHPOINT_SECURITY_PROTOCOL, value: {{ $security.protocol }} }
{{- end }}
{{- if hasPrefix "SASL" $security.protocol }}
{{- $user := required (printf "kafka.users.%s: name the secret of its user" .component) (get .root.Values.kafka.users .component) }}
- { name: TOUCHPOINT_SASL_MECHANISM, value: {{ required "kafka.security.mechanism: say how users show themselves" $security.mechanism }} }
- { name: TOUCHPOINT_SASL_USERNAME, valueFrom: { secretKeyRef: { name: {{ $user }}, key: username } } }
- { name: TOUCHPOINT_SASL_PASSWORD, valueFrom: { secretKeyRef: { name: {{ $user }}, key: password } } }
{{- end }}
{{- if $security.ca.name }}
- { name: TOUCHPOINT_SSL_CAFILE, value: /etc/touchpoint/kafka/{{ $security.ca.key }} }
{{- end }}
{{- if .root.Values.kafka.schemaRegistryUrl }}
- { name: TOUCHPOINT_SCHEMA_REGISTRY_URL, value: {{ .root.Values.kafka.schemaRegistryUrl | quote }} }
{{- end }}
{{- if and .root.Values.rules.configMap (has .component (list "worker" "desk")) }}
- { name: TOUCHPOINT_RULES, value: /etc/touchpoint/rules }
{{- end }}
{{- end }}

{{/* The variables of the values. They come last, so they win over those of the chart. */}}
{{- define "tracker.more" -}}
{{- range $name, $value := merge (dict) ((get .root.Values .component).env | default dict) .root.Values.kafka.env }}
- { name: {{ $name }}, value: {{ $value | toString | quote }} }
{{- end }}
{{- end }}

{{- define "tracker.envFrom" -}}
{{- $names := concat .root.Values.kafka.envFrom (compact .more) }}
{{- with $names }}
envFrom:
  {{- range . }}
  - secretRef: { name: {{ . }} }
  {{- end }}
{{- end }}
{{- end }}

{{/* What every container writes to or reads from, and the volumes of it. */}}
{{- define "tracker.mounts" -}}
- { name: tmp, mountPath: /tmp }
{{- if .root.Values.kafka.security.ca.name }}
- { name: kafka, mountPath: /etc/touchpoint/kafka, readOnly: true }
{{- end }}
{{- end }}

{{- define "tracker.volumes" -}}
- { name: tmp, emptyDir: { sizeLimit: 64Mi } }
{{- with .root.Values.kafka.security.ca.name }}
- { name: kafka, secret: { secretName: {{ . }}, defaultMode: 0440 } }
{{- end }}
{{- end }}

{{/* Started: it answers at all. Live: its loop turns. Ready: it does its work, so not while it reads back or has no room. */}}
{{- define "tracker.probes" -}}
startupProbe:
  httpGet: { path: /healthz, port: http }
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: {{ ceil (divf (get .root.Values .component).startupSec 5) | int }}
livenessProbe:
  httpGet: { path: /healthz, port: http }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /readyz, port: http }
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 2
{{- end }}
