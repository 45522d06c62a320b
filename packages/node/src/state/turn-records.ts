import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { endGroup, groupMembers, startTimeOf } from '../process/group.ts'
import { ensureFolder, readJsonFile, removeFile, replaceFile } from './files.ts'

/** In the environment of every turn: tells its processes apart from others with a recycled group id. */
export const TURN_VARIABLE = 'MOLTNET_TURN_ID'

const Turn = z.object({
  /** Process group, which is also the pid of the program that the node started. */
  pgid: z.int().min(2),
  /** Start time of that program; absent where the system cannot tell. */
  started: z.string().optional(),
  turn: z.string().min(1),
})
type Turn = z.infer<typeof Turn>

/**
 * Which processes the attachment's turns run in, on disk: a node that was killed leaves them running,
 * and the next one ends them before it asks for the same messages again.
 */
export class TurnRecords {
  readonly #folder: string

  constructor(folder: string) {
    ensureFolder(folder)
    this.#folder = folder
  }

  /** Records a program that was just started. Returns what removes the record. */
  open(pgid: number, turn: string): () => void {
    const path = join(this.#folder, `${turn}.json`)
    replaceFile(path, JSON.stringify({ pgid, started: startTimeOf(pgid), turn } satisfies Turn))
    return () => removeFile(path)
  }

  /**
   * Ends what an earlier process of this attachment left running, and forgets it. A process that only
   * has the number of an old one is never touched. Returns how many groups were ended.
   */
  async endLeftovers(): Promise<number> {
    const paths = readdirSync(this.#folder).map((name) => join(this.#folder, name))
    const ended = await Promise.all(
      paths.map(async (path) => {
        const turn = readJsonFile(path, Turn)
        const alive = turn !== undefined && isLeftover(turn)
        if (alive && !(await endGroup(turn.pgid))) {
          throw new Error(`process group ${turn.pgid} of an earlier turn does not end`)
        }
        removeFile(path)
        return alive
      }),
    )
    return ended.filter(Boolean).length
  }
}

function isLeftover({ pgid, started, turn }: Turn): boolean {
  const now = startTimeOf(pgid)
  if (now !== undefined) return now === started
  // The program is gone, but others of its group may still work. No start time is known of them.
  return groupMembers(pgid).some((pid) => carriesTurn(pid, turn))
}

function carriesTurn(pid: number, turn: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${TURN_VARIABLE}=${turn}`)
  } catch {
    return false
  }
}
