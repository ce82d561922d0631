#!/bin/bash
# Run once by the database image when its data directory is made.
set -euo pipefail
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    -v owner_password="$(cat /run/secrets/database_owner_password)" \
    -v application_password="$(cat /run/secrets/database_application_password)" \
    --file /etc/besa/roles.sql
