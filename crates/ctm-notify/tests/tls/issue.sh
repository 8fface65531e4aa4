#!/bin/sh
# Issues the certificates of this folder: valid from 2020 to 2120, whatever the clock of the machine says.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
touch index.txt
cat > ca.cnf <<'CNF'
[ca]
default_ca = tests
[tests]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
[any]
commonName = supplied
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[localhost]
basicConstraints = CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost
CNF
for name in authority localhost; do
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$name.key" -out "$name.csr" -subj "/CN=$name"
done
openssl ca -batch -config ca.cnf -notext -startdate 20200101000000Z -enddate 21200101000000Z \
  -selfsign -keyfile authority.key -extensions authority -in authority.csr -out authority.pem
openssl ca -batch -config ca.cnf -notext -startdate 20200101000000Z -enddate 21200101000000Z \
  -cert authority.pem -keyfile authority.key -extensions localhost -in localhost.csr -out localhost.pem
cp authority.pem localhost.pem localhost.key "$here"
