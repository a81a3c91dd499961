#!/usr/bin/env bash
# Has the agent book a table by phone, and prints what came of it. Needs curl and jq, and a relay that may place calls:
# `npm run sandbox -- --telephones` beside it needs no account.
#   RELAY=http://localhost:5000 OPERATOR_TOKEN=operator-token bash examples/reservation.sh +15551230001
set -euo pipefail
relay=${RELAY:-http://localhost:5000}
auth="Authorization: Bearer ${OPERATOR_TOKEN:-operator-token}"
to=${1:-+15551230001}

call=$(curl -sS --fail-with-body "$relay/calls" -H "$auth" -H 'Content-Type: application/json' -d "$(jq -n --arg to "$to" '{
  to: $to,
  task: { prompt: "Book a table for four on Friday at seven, in the name of Lee." },
  result: { type: "object", properties: {
    isBooked: { type: "boolean" },
    confirmationNumber: { type: ["string", "null"] }
  } }
}')")
id=$(jq -r .id <<<"$call")
echo "calling $to: $id"

# The stream of events ends once the call is settled.
curl -sSN "$relay/calls/$id/events" -H "$auth" | sed -un 's/^event: //p'
curl -sS "$relay/calls/$id" -H "$auth" | jq '{ endReason, result }'
