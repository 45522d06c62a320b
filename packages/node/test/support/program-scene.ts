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
  const runtime = { kind, command: name, workspace_path: harness.folder.join('work') }
  return {
    ...scriptScene(harness.folder.join('fakes', name), `fake-${name}.ts`, runtime),
    loseSessions: () => rmSync(harness.folder.join('home', sessions), { recursive: true }),
  }
}

/** The scene of a program that is a script of this folder and keeps no sessions. */
export function scriptScene(path: string, script: string, runtime: RuntimeScene['runtime']): RuntimeScene {
  installScript(path, script)
  return {
    runtime,
    stop: () => rmSync(path),
    start: () => void installScript(path, script),
    loseSessions() {},
    close() {},
  }
}
