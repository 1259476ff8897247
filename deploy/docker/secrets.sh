#!/bin/sh
# Makes the secrets of docker-compose.yml beside this file, each once: what is there is left as it is.
#
# The folder is for its owner alone. The files in it can be read by everybody who gets that far, because Compose mounts
# them as they are, and the services run as users of their own.
set -eu

folder="$(dirname "$0")/secrets"
umask 077
mkdir -p "$folder"
chmod 700 "$folder"

keep() { # NAME, its text on standard input; whole or not at all
    part="$folder/.$1.part"
    cat >"$part"
    chmod 444 "$part"
    mv "$part" "$folder/$1"
    echo "made $1"
}

random() { # 256 bits in letters, digits, - and _
    head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n'
}

for name in postgres_password signing_key identity_secret gateway_admin_token canary_secret grafana_admin_password \
    grafana_secret_key; do
    test -e "$folder/$name" || random | keep "$name"
done
test -e "$folder/database_url" ||
    printf 'postgresql://touchpoint:%s@postgres:5432/touchpoint' "$(cat "$folder/postgres_password")" | keep database_url

# Whom Alertmanager calls is not ours to make up: empty until somebody writes them (deploy/alertmanager/alertmanager.yml).
for name in pagerduty_key slack_url dead_man_token; do
    test -e "$folder/$name" || keep "$name" </dev/null
done
