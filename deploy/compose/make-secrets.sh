#!/bin/bash
# Writes the passwords of the database roles, and the URLs made of them, into deploy/compose/secrets. Overwrites nothing.
set -euo pipefail
cd "$(dirname "$0")"
if [ -e secrets ]; then
    echo "deploy/compose/secrets is there already and is left as it is." >&2
    exit 1
fi
umask 077
mkdir secrets
random() { head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
for name in superuser owner application; do
    random >"secrets/database_${name}_password"
done
printf 'postgresql://besa_app:%s@database/besa' "$(cat secrets/database_application_password)" >secrets/besa_database_url
printf 'postgresql://besa_owner:%s@database/besa' "$(cat secrets/database_owner_password)" >secrets/besa_owner_database_url
# files are handed into the containers with their rights: 10001 is Besa's account there, 999 the database's
if [ "$(id -u)" -eq 0 ]; then
    chown 10001:10001 secrets/besa_*
    chown 999:999 secrets/database_*
else
    echo "Run once as root: chown 10001:10001 $PWD/secrets/besa_*; chown 999:999 $PWD/secrets/database_*" >&2
fi
