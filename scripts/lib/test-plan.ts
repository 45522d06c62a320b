import { filesOfGroup, TEST_GROUPS, type TestGroup } from './test-files.ts'
import type { TestArgs } from './test-args.ts'
import { type Tool, toolOf } from './tools.ts'

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
  for (const group of args.groups) {
    const files: string[] = []
    for (const path of filesOfGroup(root, group)) {
      if (args.filters.length > 0 && !args.filters.some((part) => path.includes(part))) continue
      const tool = toolOf(path)
      if (tool === undefined || has(tool)) files.push(path)
      else lacking.set(tool, [...(lacking.get(tool) ?? []), path])
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
