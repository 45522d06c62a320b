/** The `Moltnet` file that `moltnet init` writes. */
export function defaultServerFile(): string {
  return `version: moltnet.v1

network:
  id: local
  name: Local Moltnet

server:
  listen_addr: ":8787"
  human_ingress: true
  direct_messages: true

storage:
  kind: sqlite
  sqlite:
    path: .moltnet/moltnet.db

rooms: []
pairings: []
`
}

/** The `MoltnetNode` file that `moltnet init` writes. */
export function defaultNodeFile(): string {
  return `version: moltnet.node.v1

moltnet:
  base_url: http://127.0.0.1:8787
  network_id: local

attachments: []
`
}
