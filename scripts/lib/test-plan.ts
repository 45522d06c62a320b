import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesOfGroup, TEST_GROUPS, type TestGroup } from './test-files.ts'
import type { TestArgs } from './test-args.ts'
import { TOOLS, type Tool, toolOf } from './tools.ts'

export interface PlannedGroup {
  group: TestGroup
  files: readonly string[]
}

export interface TestPlan {
  runs: readonly PlannedGroup[]
  /** One line for everything that this run leaves out, with the reason and what to do about it. */
  leftOut: readonly string[]
}

/** Decides which files run. `has` says whether a tool is on this machine. */
export function planTests(root: string, args: TestArgs, has: (tool: Tool) => boolean): TestPlan {
  const runs: PlannedGroup[] = []
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
    if (files.length > 0) runs.push({ group, files })
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

/** True for a file that skips some of its tests where the tool is missing, and runs the others. */
function skipsWithout(tool: Tool, root: string, path: string): boolean {
  const source = readFileSync(join(root, path), 'utf8')
  return source.includes('.skipIf(') && new RegExp(tool.name, 'i').test(source)
}
