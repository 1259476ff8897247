#!/usr/bin/env bash
# Grants each component what it needs on Kafka, and nothing else; see ACLS.md. Safe to run again.
#
#   BOOTSTRAP_SERVERS=kafka:9092 COMMAND_CONFIG=admin.properties WORKER=User:touchpoint-worker … bash acls.sh
#
# A component whose variable is empty is left out. NAMESPACE goes in front of the worker's names, as TOUCHPOINT_LANE_NAMESPACE.
set -euo pipefail

KAFKA_ACLS=${KAFKA_ACLS:-kafka-acls.sh}
N=${NAMESPACE:-}
FROM_OUTSIDE=(web email chat store call order feedback social)

# allow PRINCIPAL "OPERATION …" --topic|--group|--transactional-id NAME [--resource-pattern-type prefixed]
# allow PRINCIPAL "OPERATION …" --cluster
allow() {
  local principal=$1 operations=() operation
  for operation in $2; do operations+=(--operation "$operation"); done
  shift 2
  "$KAFKA_ACLS" --bootstrap-server "$BOOTSTRAP_SERVERS" ${COMMAND_CONFIG:+--command-config "$COMMAND_CONFIG"} \
    --add --allow-principal "$principal" "${operations[@]}" "$@"
}

if [ -n "${WORKER:-}" ]; then
  for topic in "${FROM_OUTSIDE[@]}"; do allow "$WORKER" Read --topic "${N}touchpoints.$topic"; done
  for topic in touchpoints.recovery touchpoints.linked journeys-changelog alerts journey-stats sources rules; do
    allow "$WORKER" "Read Write" --topic "$N$topic"
  done
  allow "$WORKER" Write --topic "${N}touchpoints.dead"
  allow "$WORKER" Read --group "${N}journeys"
  allow "$WORKER" Write --transactional-id "${N}journeys-changelog/" --resource-pattern-type prefixed
fi

if [ -n "${GATEWAY:-}" ]; then
  for topic in "${FROM_OUTSIDE[@]}" recovery; do allow "$GATEWAY" Write --topic "touchpoints.$topic"; done
  allow "$GATEWAY" Describe --topic touchpoints.linked # it only looks whether the topics are there
fi

if [ -n "${DESK:-}" ]; then
  allow "$DESK" Read --topic alerts
  allow "$DESK" "Read Write" --topic desk-actions
  allow "$DESK" Write --topic touchpoints.recovery
  allow "$DESK" Read --group desk
fi

if [ -n "${CANARY:-}" ]; then
  allow "$CANARY" Read --topic alerts
fi

# `touchpoint topics create|check|list`
if [ -n "${TOPICS:-}" ]; then
  for prefix in touchpoints. journey alerts desk-actions sources rules; do
    allow "$TOPICS" "Create Describe AlterConfigs" --topic "$prefix" --resource-pattern-type prefixed
  done
fi

# People at the command line: rules, dead letters, alerts, sources, what a worker has not read yet.
if [ -n "${OPERATOR:-}" ]; then
  for topic in touchpoints.dead alerts; do allow "$OPERATOR" Read --topic "$topic"; done
  for topic in sources rules; do allow "$OPERATOR" "Read Write" --topic "$topic"; done
  for topic in "${FROM_OUTSIDE[@]}" recovery linked; do allow "$OPERATOR" Write --topic "touchpoints.$topic"; done
  allow "$OPERATOR" Describe --group journeys
  allow "$OPERATOR" Write --transactional-id rules-publisher # so that two who publish at once do not mix
fi

# KEDA, which counts what the workers have not read yet.
if [ -n "${SCALER:-}" ]; then
  for topic in "${FROM_OUTSIDE[@]}" recovery linked; do allow "$SCALER" Describe --topic "touchpoints.$topic"; done
  allow "$SCALER" Describe --group journeys
fi
