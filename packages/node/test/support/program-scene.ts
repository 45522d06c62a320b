import { rmSync } from 'node:fs'
import type { RuntimeScene } from '../adapter-contract.ts'
import type { Harness } from './harness.ts'
import { installScript } from './temp.ts'

/** A fake program that the node finds in PATH. */
export interface ProgramSceneOptions {
  kind: string
  /** Its name; the script is `fake-<name>.ts`. */
  name: string
  /** Where it keeps sessions, below its home. */
  sessions: string
}

/** The scene of a program that is started once per turn. */
export function programScene(harness: Harness, { kind, name, sessions }: ProgramSceneOptions): RuntimeScene {
  const path = harness.folder.join('fakes', name)
  return {
    runtime: { kind, command: name, workspace_path: harness.folder.join('work') },
    stop: () => rmSync(path),
    start: () => void installScript(path, `fake-${name}.ts`),
    loseSessions: () => rmSync(harness.folder.join('home', sessions), { recursive: true }),
    close() {},
  }
}
