import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesOfGroup, TEST_GROUPS, type TestGroup } from './test-files.ts'
import type { TestArgs } from './test-args.ts'
import { TOOLS, type Tool, toolOf } from './tools.ts'

/** Files of one group that share a process: those of one package, or all others together. */
export interface PlannedRun {
  group: TestGroup
  /** `unit packages/node`, `e2e` */
  name: string
  files: readonly string[]
}

export interface TestPlan {
  runs: readonly PlannedRun[]
  /** One line for everything that this run leaves out, with the reason and what to do about it. */
  leftOut: readonly string[]
}

/** Decides which files run. `has` says whether a tool is on this machine. */
export function planTests(root: string, args: TestArgs, has: (tool: Tool) => boolean): TestPlan {
  const runs: PlannedRun[] = []
  const lacking = new Map<Tool, string[]>()
  const missing = TOOLS.filter((tool) => !has(tool))
  for (const group of args.groups) {
    const files: string[] = []
    for (const path of filesOfGroup(root, group)) {
      if (args.filters.length > 0 && !args.filters.some((part) => path.includes(part))) continue
      const tool = toolOf(path)
      if (tool === undefined || has(tool)) files.push(path)
      for (const needed of missing) {
        if (needed === tool || skipsWithout(needed, root, path)) {
          lacking.set(needed, [...(lacking.get(needed) ?? []), path])
        }
      }
    }
    for (const [folder, some] of Object.entries(Object.groupBy(files, packageOf))) {
      runs.push({ group, name: `${group.name} ${folder}`.trimEnd(), files: some ?? [] })
    }
  }
  const leftOut = [...lacking].map(
    ([tool, files]) => `${tool.name} is not installed (${tool.install}): ${files.join(', ')}`,
  )
  for (const group of TEST_GROUPS) {
    if (args.groups.includes(group) || filesOfGroup(root, group).length === 0) continue
    leftOut.push(`group ${group.name} (${group.about}): npm test -- --group ${group.name}`)
  }
  return { runs, leftOut }
}

/** Folder of the package that a test file belongs to; empty for the others. */
function packageOf(path: string): string {
  return /^packages\/[^/]+/.exec(path)?.[0] ?? ''
}

/** True for a file that skips some of its tests where the tool is missing, and runs the others. */
function skipsWithout(tool: Tool, root: string, path: string): boolean {
  const source = readFileSync(join(root, path), 'utf8')
  return source.includes('.skipIf(') && new RegExp(tool.name, 'i').test(source)
}
