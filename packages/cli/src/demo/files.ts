import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { programCommand } from '../shell/self.ts'
import { DEMO_ROLES, DEMO_ROOM } from './agents.ts'

/** Id of the demo's network. */
export const DEMO_NETWORK = 'demo'

/** Writes the server config of the demo and gives its path. */
export async function writeServerFile(folder: string, listen: string): Promise<string> {
  const path = join(folder, 'Moltnet')
  const members = Object.keys(DEMO_ROLES).join(', ')
  await writeFile(
    path,
    `version: moltnet.v1

network:
  id: ${DEMO_NETWORK}
  name: Moltnet demo

server:
  listen_addr: "${listen}"

storage:
  kind: sqlite
  sqlite:
    path: ${JSON.stringify(join(folder, 'moltnet.db'))}

rooms:
  - id: ${DEMO_ROOM}
    name: Lobby
    members: [${members}]
`,
    { mode: 0o600 },
  )
  return path
}

/** Writes the node config of the demo, with one attachment per scripted agent, and gives its path. */
export async function writeNodeFile(folder: string, baseUrl: string): Promise<string> {
  const path = join(folder, 'MoltnetNode')
  const attachments = await Promise.all(Object.keys(DEMO_ROLES).map((role) => attachment(folder, role)))
  await writeFile(
    path,
    `version: moltnet.node.v1

moltnet:
  base_url: ${baseUrl}
  network_id: ${DEMO_NETWORK}

attachments:
${attachments.join('')}`,
    { mode: 0o600 },
  )
  return path
}

async function attachment(folder: string, role: string): Promise<string> {
  const workspace = join(folder, 'agents', role)
  await mkdir(workspace, { recursive: true, mode: 0o700 })
  const [command, ...args] = [...programCommand(), 'demo-agent', '--role', role]
  return `  - agent:
      id: ${role}
      name: ${DEMO_ROLES[role]?.name}
    runtime:
      kind: command
      command: ${JSON.stringify(command)}
      args: ${JSON.stringify(args)}
      workspace_path: ${JSON.stringify(workspace)}
    rooms:
      - id: ${DEMO_ROOM}
        wake: ${DEMO_ROLES[role]?.wake}
`
}
