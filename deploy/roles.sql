-- Makes Besa's roles and hands the database over to its owner: run once by a superuser of your PostgreSQL,
-- connected to the (still empty) database that Besa shall use. Repeating it does no harm.
--
--   psql -v ON_ERROR_STOP=1 -v owner_password=... -v application_password=... -d besa -f deploy/roles.sql
--
-- besa_owner owns the tables and migrates; besa_app is what requests run as; besa_stats reads the de-identified extract.
-- None is a superuser and none may pass by row-level security.

select format('create role %I %s nosuperuser nocreatedb nocreaterole nobypassrls', role.name, role.login)
from (values ('besa_owner', 'login'), ('besa_app', 'login'), ('besa_stats', 'nologin')) as role (name, login)
where not exists (select from pg_roles where rolname = role.name) \gexec

alter role besa_owner password :'owner_password';
alter role besa_app password :'application_password';

grant besa_stats to besa_app;
grant besa_app to besa_owner;

select format('alter database %I owner to besa_owner', current_database()) \gexec
select format('revoke all on database %I from public', current_database()) \gexec
select format('grant connect on database %I to besa_app', current_database()) \gexec
