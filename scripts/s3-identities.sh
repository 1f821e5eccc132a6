# The identities of SeaweedFS, of the tests and of docker-compose.yml alike; to be sourced.
#   s3_identities BUCKET ADMIN_SECRET APP_SECRET     as JSON: `admin` makes buckets and their policies, `dms` is the application's
s3_identities() {
  local action actions=
  for action in Read Write List GetObjectRetention PutObjectRetention; do actions+=", \"$action:$1\""; done
  cat <<JSON
{"identities": [
 {"name": "admin", "credentials": [{"accessKey": "admin", "secretKey": "$2"}], "actions": ["Admin"]},
 {"name": "dms", "credentials": [{"accessKey": "dms", "secretKey": "$3"}], "actions": [${actions#, }]}]}
JSON
}
