import { join } from 'node:path'

/**
 * The node's private files. They stand outside the workspaces, because an agent could otherwise make
 * the node believe that a message was handled or that somebody's process is a leftover turn.
 */
export class StateFolder {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /** Holds the `moltnet` that agents find first in PATH. */
  get programs(): string {
    return join(this.path, 'bin')
  }

  /** Files of one attachment. */
  attachment(networkId: string, agentId: string): AttachmentFiles {
    const folder = join(this.path, fileName(networkId), fileName(agentId))
    return {
      folder,
      owner: join(folder, 'owner.json'),
      completed: join(folder, 'completed.log'),
      turns: join(folder, 'turns'),
      cursor: join(folder, 'cursor.json'),
      sessions: join(folder, 'sessions.json'),
      device: join(folder, 'device.json'),
    }
  }
}

/** Where one attachment keeps what it must know after a restart. */
export interface AttachmentFiles {
  folder: string
  /** The process that runs the attachment. */
  owner: string
  /** Messages whose turn has ended. */
  completed: string
  /** One file per running turn. */
  turns: string
  /** Where to go on with a v1 server. */
  cursor: string
  /** The session store of a runtime that has no workspace. */
  sessions: string
  /** The key by which a runtime on another machine knows this node. */
  device: string
}

/**
 * A generic id as a file name. Capitals are marked, because ids that differ only in case are different
 * agents, but one file where the file system ignores case; so is the colon, which Windows refuses.
 */
function fileName(id: string): string {
  return id.replace(/[A-Z]/g, (letter) => `+${letter.toLowerCase()}`).replaceAll(':', '%')
}
