{{/* The name of everything: that of the release, or with that of the chart behind it. */}}
{{- define "swiftcorn.name" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 55 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 55 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What pods are found by; it never changes in a release. */}}
{{- define "swiftcorn.selector" -}}
app.kubernetes.io/name: swiftcorn
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "swiftcorn.labels" -}}
{{ include "swiftcorn.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}
